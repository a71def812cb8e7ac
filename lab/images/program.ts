import * as fs from "node:fs/promises";
import * as path from "node:path";
import type { Update } from "../progress";
import { ensureImage, type Image } from "./image";
import { writeTar, type ImageConfig } from "./oci";

/** An image that holds one static program and nothing else. */
export interface ProgramImage {
  readonly name: string;
  /** The program, and where it lies in the image. */
  readonly program: string;
  readonly file: string;
  /** Symbolic links in the image, and what they point to. */
  readonly links?: Readonly<Record<string, string>>;
  readonly config: ImageConfig;
}

export function ensureProgramImage(image: ProgramImage, update: Update): Promise<Image> {
  // The program's path has the hash of what it was built from in it, so that its bytes need not be read again.
  return ensureImage(image.name, [JSON.stringify(image)], update, async (scratch) => {
    const root = path.join(scratch, "root");
    const file = path.join(root, image.file);
    await fs.mkdir(path.dirname(file), { recursive: true });
    await fs.copyFile(image.program, file);
    await fs.chmod(file, 0o755);
    for (const [link, destination] of Object.entries(image.links ?? {})) await fs.symlink(destination, path.join(root, link));
    const layer = path.join(scratch, "layer.tar");
    await writeTar(root, layer);
    return { reference: `localhost/${image.name}:lab`, config: image.config, layer };
  });
}
