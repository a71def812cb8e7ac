/** What a process of tests asks of the run that it belongs to: to use the lab beside others, or alone, or no more. */
export type Asked = "beside" | "alone" | "done";
export interface TurnRequest {
  readonly turn: Asked;
}
export const GRANTED = "granted";

/** Without a run there is nobody else. */
async function ask(turn: Asked): Promise<void> {
  if (process.send === undefined) return;
  const granted = turn === "done" ? undefined : new Promise<void>((resolve) => process.once("message", () => resolve()));
  process.send({ turn } satisfies TurnRequest);
  await granted;
}

/** For as long as a file uses the lab. */
export const enter = (): Promise<void> => ask("beside");
export const leave = (): Promise<void> => ask("done");

/**
 * Runs something that files beside this one could not bear, as an operator that does not run: it
 * waits until there are none, which is near the end of a run. A file has such tests last.
 */
export async function alone<T>(work: () => Promise<T>): Promise<T> {
  await leave();
  await ask("alone");
  try {
    return await work();
  } finally {
    await leave();
    await enter();
  }
}
