import * as fs from "node:fs/promises";

/** What follows from a changed file. The numbers are exit codes. */
export interface Steps {
  preview: () => Promise<number>;
  agreed: () => Promise<boolean>;
  up: () => Promise<number>;
}

/**
 * Changes a file for a preview, and for good once that is agreed to. Ctrl-C reaches pulumi, too,
 * whose preview fails then; this process outlives it, to put the file back.
 */
export async function changeFile(file: string, edit: (text: string) => string, { preview, agreed, up }: Steps): Promise<number> {
  const before = await fs.readFile(file, "utf8");
  const after = edit(before);
  const restore = () => fs.writeFile(file, before);
  const wait = () => undefined;
  process.on("SIGINT", wait);
  try {
    await fs.writeFile(file, after);
    const previewed = await preview();
    if (previewed !== 0 || !(await agreed())) {
      await restore();
      return previewed === 0 ? 2 : previewed;
    }
  } catch (error) {
    await restore();
    throw error;
  } finally {
    process.off("SIGINT", wait);
  }
  return up();
}
