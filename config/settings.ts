/** The project, whose name is before each setting in a stack's file. */
export const PROJECT = "cnpg-credentials";

const PREFIX = `${PROJECT}:`;

/** The program's own settings of a stack file's `config`, less the project's name before each. */
export function settingsIn(config: unknown): Record<string, unknown> {
  if (typeof config !== "object" || config === null) return {};
  return Object.fromEntries(
    Object.entries(config).flatMap(([key, value]) => (key.startsWith(PREFIX) ? [[key.slice(PREFIX.length), value as unknown]] : [])),
  );
}

/** Settings as the `config` of a stack's file has them. */
export function asConfig(settings: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(settings).map(([key, value]) => [PREFIX + key, value]));
}
