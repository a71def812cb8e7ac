/** Days since a password was made. */
export function ageInDays(changedAt: string, now = new Date()): number {
  return (now.getTime() - Date.parse(changedAt)) / 86_400_000;
}
