/** How pulumi is run: where, and with which environment. */
export interface Pulumi {
  cwd: string;
  env: NodeJS.ProcessEnv;
}
