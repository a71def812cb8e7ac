export const ENVIRONMENTS = ["dev", "staging", "prod"] as const;
export type Environment = (typeof ENVIRONMENTS)[number];

/** What the configuration says, else the name of the stack where it is an environment's. */
export function environmentOf(config: { readonly environment?: Environment | undefined }, stack: string): Environment | undefined {
  return config.environment ?? ENVIRONMENTS.find((environment) => environment === stack);
}
