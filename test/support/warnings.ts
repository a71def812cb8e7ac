/** Runs a program, and gives back what it warned of. */
export async function warnings(body: () => Promise<unknown>): Promise<string> {
  const said: unknown[] = [];
  const { warn } = console;
  console.warn = (...line: unknown[]) => said.push(...line); // where the SDK logs without an engine
  try {
    await body();
  } finally {
    console.warn = warn;
  }
  return said.join("\n");
}
