/**
 * Where Vault writes what it is asked, by the names of its audit devices: `stdout`, a file, or two of
 * them with a comma between. Vault answers while one of them can be written; with one alone, whatever
 * stops that stops Vault, and what was written there is the only copy.
 */
export function auditDevices(where: string): Record<string, { file: string }> {
  return Object.fromEntries(placesOf(where).map((file, index) => [index === 0 ? "file" : `file-${index + 1}`, { file }]));
}

/** Whether it is such a text. */
export function isAudit(where: string): boolean {
  const places = placesOf(where);
  return (
    places.length <= 2 && new Set(places).size === places.length && places.every((one) => one === "stdout" || /^\/[\w./-]+$/.test(one))
  );
}

const placesOf = (where: string) => where.split(",").map((one) => one.trim());
