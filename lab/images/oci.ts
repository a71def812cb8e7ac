import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import * as fs from "node:fs/promises";
import * as path from "node:path";
import { pipeline } from "node:stream/promises";
import { execa } from "execa";

/** What an image runs as, in the words of the OCI image specification. */
export interface ImageConfig {
  readonly User?: string;
  readonly Env?: readonly string[];
  readonly Entrypoint?: readonly string[];
}

/** What is in an archive: a name that containerd will know the image by, and the tar files of its layers. */
export interface Image {
  readonly reference: string;
  readonly config: ImageConfig;
  readonly layers: readonly string[];
}

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

/** Owners, order and times of what goes into a tar file are fixed: the same content has the same digest. */
const REPRODUCIBLE = ["--format=ustar", "--sort=name", "--mtime=@0", "--owner=0", "--group=0", "--numeric-owner"];

/** Writes the content of `directory` to the tar file `target`, as root's. */
export async function writeTar(directory: string, target: string): Promise<void> {
  await execa("tar", [...REPRODUCIBLE, "--create", "--file", target, "--directory", directory, "."]);
}

/**
 * Writes an image as an OCI image layout in a tar file, which is what `ctr images import` reads. The layers are moved
 * into it; `scratch` is an empty directory for the layout.
 * @see https://github.com/opencontainers/image-spec/blob/main/image-layout.md
 */
export async function writeArchive(image: Image, target: string, scratch: string): Promise<void> {
  const blobs = path.join(scratch, "blobs", "sha256");
  await fs.mkdir(blobs, { recursive: true });
  const addJson = async (mediaType: string, value: object): Promise<Descriptor> => {
    const content = JSON.stringify(value);
    const hash = createHash("sha256").update(content).digest("hex");
    await fs.writeFile(path.join(blobs, hash), content);
    return { mediaType, digest: `sha256:${hash}`, size: Buffer.byteLength(content) };
  };

  const layers: Descriptor[] = [];
  for (const layer of image.layers) {
    const hash = createHash("sha256");
    await pipeline(createReadStream(layer), hash);
    const digest = hash.digest("hex");
    const { size } = await fs.stat(layer);
    await fs.rename(layer, path.join(blobs, digest));
    layers.push({ mediaType: "application/vnd.oci.image.layer.v1.tar", digest: `sha256:${digest}`, size });
  }
  const config = await addJson("application/vnd.oci.image.config.v1+json", {
    architecture: architecture(),
    os: "linux",
    config: image.config,
    // A layer that is not compressed has one digest for both its blob and its content.
    rootfs: { type: "layers", diff_ids: layers.map((layer) => layer.digest) },
  });
  const mediaType = "application/vnd.oci.image.manifest.v1+json";
  const manifest = await addJson(mediaType, { schemaVersion: 2, mediaType, config, layers });
  const annotations = { "io.containerd.image.name": image.reference, "org.opencontainers.image.ref.name": image.reference };
  await fs.writeFile(path.join(scratch, "index.json"), JSON.stringify({ schemaVersion: 2, manifests: [{ ...manifest, annotations }] }));
  await fs.writeFile(path.join(scratch, "oci-layout"), JSON.stringify({ imageLayoutVersion: "1.0.0" }));
  await writeTar(scratch, target);
}

/** This machine's processor in the words of Go, which images and Go binaries are labelled with. */
export function architecture(arch: string = process.arch): string {
  return arch === "x64" ? "amd64" : arch;
}
