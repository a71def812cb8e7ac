/** `- [mandatory]  one-writer  (kubernetes:external-secrets.io/v1:ExternalSecret: its name)`: what the engine prints of each violation first. */
const VIOLATION = /^ *- \[(\w+)\] +(\S+) +\(.*: (\S+)\)$/gm;

/** `level rule: resource` of each violation in what the engine printed. */
export function violationsIn(text: string): string[] {
  return [...text.matchAll(VIOLATION)].map(([, level, rule, name]) => `${level} ${rule}: ${name}`);
}
