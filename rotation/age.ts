const DAY_MS = 86_400_000;

/** Days since a password was made. */
export function ageInDays(changedAt: string, now = new Date()): number {
  return (now.getTime() - Date.parse(changedAt)) / DAY_MS;
}

/** The day from which a password is older than it may be, as `2026-10-28`. */
export function dueOn(changedAt: string, maxAgeDays: number): string {
  return new Date(Date.parse(changedAt) + maxAgeDays * DAY_MS).toISOString().slice(0, 10);
}
