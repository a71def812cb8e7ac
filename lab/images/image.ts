import * as fs from "node:fs/promises";
import * as path from "node:path";
import { ensureArtifact } from "../artifact";
import type { Update } from "../progress";
import { writeArchive, type ImageConfig } from "./oci";

/** An image of the lab: what manifests call it, and the archive that the node imports it from. */
export interface Image {
  readonly reference: string;
  readonly archive: string;
}

/** What an image is made of: its name, what it runs as, and the tar file of its only layer. */
export interface Content {
  readonly reference: string;
  readonly config: ImageConfig;
  readonly layer: string;
}

/** Raised when what an image looks like changes by this program rather than by its inputs. */
const FORMAT = "1";

/** The image called `name` with these inputs; `content` makes its layer, in an empty directory, when the cache has none. */
export async function ensureImage(
  name: string,
  inputs: readonly string[],
  update: Update,
  content: (scratch: string, log: string) => Promise<Content>,
): Promise<Image> {
  const directory = await ensureArtifact(
    {
      kind: "images",
      name,
      inputs: [FORMAT, ...inputs],
      async make(target, log) {
        update(`making ${name}`);
        const scratch = path.join(target, "scratch");
        await fs.mkdir(scratch, { recursive: true });
        const { reference, config, layer } = await content(scratch, log);
        await writeArchive({ reference, config, layers: [layer] }, path.join(target, "image.tar"), path.join(scratch, "layout"));
        await fs.writeFile(path.join(target, "reference"), reference);
        await fs.rm(scratch, { recursive: true });
      },
    },
    update,
  );
  return { reference: await fs.readFile(path.join(directory, "reference"), "utf8"), archive: path.join(directory, "image.tar") };
}
