import * as fs from "node:fs/promises";
import * as path from "node:path";
import type { Update } from "../progress";
import { ensureImage, type Image } from "./image";
import { writeTar, type ImageConfig } from "./oci";

/** An image that holds static programs and nothing else. */
export interface ProgramImage {
  readonly name: string;
  /** @default lab */
  readonly tag?: string;
  /** The program, and where it lies in the image. */
  readonly program: string;
  readonly file: string;
  /** More of them: where they lie in the image, and what they are here. */
  readonly others?: Readonly<Record<string, string>>;
  /** Symbolic links in the image, and what they point to. */
  readonly links?: Readonly<Record<string, string>>;
  readonly config: ImageConfig;
}

export function ensureProgramImage(image: ProgramImage, update: Update): Promise<Image> {
  // The programs' paths have the hash of what they were built from in them, so that their bytes need not be read again.
  return ensureImage(image.name, [JSON.stringify(image)], update, async (scratch) => {
    const root = path.join(scratch, "root");
    for (const [name, program] of Object.entries({ [image.file]: image.program, ...image.others })) {
      const file = path.join(root, name);
      await fs.mkdir(path.dirname(file), { recursive: true });
      await fs.copyFile(program, file);
      await fs.chmod(file, 0o755);
    }
    for (const [link, destination] of Object.entries(image.links ?? {})) await fs.symlink(destination, path.join(root, link));
    const layer = path.join(scratch, "layer.tar");
    await writeTar(root, layer);
    return { reference: `localhost/${image.name}:${image.tag ?? "lab"}`, config: image.config, layer };
  });
}
