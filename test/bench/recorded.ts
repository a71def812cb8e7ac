// What a state has of each resource, as far as a program that registers the same has to know it.

/** A resource of a stack. */
export interface Recorded {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  readonly custom: boolean;
  readonly parent?: string;
  /** URN of its provider; absent where that is a default one. */
  readonly provider?: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  /** By input, what it was made of. */
  readonly madeOf: Readonly<Record<string, readonly string[]>>;
  /** What it comes after besides. */
  readonly dependsOn: readonly string[];
  readonly protect?: boolean;
  readonly replacementTrigger?: unknown;
  readonly additionalSecretOutputs?: string[];
}

/** A resource as a state has it. */
export interface InState {
  readonly urn: string;
  readonly type: string;
  readonly custom?: boolean;
  readonly parent?: string;
  readonly provider?: string;
  readonly inputs?: Readonly<Record<string, unknown>>;
  readonly propertyDependencies?: Readonly<Record<string, readonly string[] | null>>;
  readonly dependencies?: readonly string[];
  readonly protect?: boolean;
  readonly replacementTrigger?: unknown;
  readonly additionalSecretOutputs?: string[];
}

// How the engine's protocol marks a secret.
export const SIGNATURE = "4dabf18193072939515e22adb298388d";
export const SECRET = "1b47061264138c4ac30d75fd1eb44270";

const nameOf = (urn: string) => urn.split("::").at(-1)!;
const isDefault = (urn: string) => /::pulumi:providers:/.test(urn) && nameOf(urn).startsWith("default");

/** Everything that a program registers: not the stack itself, and not the providers that come by themselves. */
export function recorded(resources: readonly InState[]): Recorded[] {
  const own = resources.filter(({ urn, type }) => type !== "pulumi:pulumi:Stack" && !isDefault(urn));
  const known = new Set(own.map(({ urn }) => urn));
  return own.map((one): Recorded => {
    const { urn, type, custom = false, inputs = {}, protect, replacementTrigger, additionalSecretOutputs } = one;
    const madeOf = Object.fromEntries(
      Object.entries(one.propertyDependencies ?? {}).map(([key, urns]) => [key, (urns ?? []).filter((other) => known.has(other))]),
    );
    const through = new Set(Object.values(madeOf).flat());
    // Reference of a provider: its URN and its id.
    const provider = one.provider?.replace(/::[^:]+$/, "");
    return {
      urn,
      type,
      name: nameOf(urn),
      custom,
      ...(one.parent !== undefined && known.has(one.parent) ? { parent: one.parent } : {}),
      ...(provider !== undefined && known.has(provider) ? { provider } : {}),
      // What a provider has noted, and its version.
      inputs: Object.fromEntries(Object.entries(inputs).filter(([key]) => !/^(__|version$)/.test(key))),
      madeOf,
      dependsOn: (one.dependencies ?? []).filter((other) => known.has(other) && !through.has(other)),
      ...(protect ? { protect } : {}),
      ...(replacementTrigger === undefined ? {} : { replacementTrigger }),
      ...(additionalSecretOutputs === undefined ? {} : { additionalSecretOutputs }),
    };
  });
}
