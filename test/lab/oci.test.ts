import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import * as fs from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";
import { execa } from "execa";
import { architecture, writeArchive, writeTar } from "../../lab/images/oci";
import { postgresVersion } from "../../lab/images/postgres";

interface Descriptor {
  digest: string;
  size: number;
}

describe("lab/images", () => {
  let directory: string;

  beforeEach(async () => {
    directory = await fs.mkdtemp(path.join(os.tmpdir(), "oci-"));
  });

  afterEach(() => fs.rm(directory, { recursive: true }));

  /** An archive with one layer that has one file. */
  async function archive(name: string): Promise<string> {
    const [root, layer, target] = ["root", "layer.tar", "image.tar"].map((file) => path.join(directory, name, file)) as [
      string,
      string,
      string,
    ];
    await fs.mkdir(path.join(root, "bin"), { recursive: true });
    await fs.writeFile(path.join(root, "bin/program"), "program", { mode: 0o755 });
    await writeTar(root, layer);
    const image = { reference: "localhost/example:1", config: { User: "26" }, layers: [layer] };
    await writeArchive(image, target, path.join(directory, name, "scratch"));
    return target;
  }

  /** A file of a tar file. */
  async function read(tar: string, file: string): Promise<Uint8Array> {
    const { stdout } = await execa("tar", ["--extract", "--to-stdout", "--file", tar, `./${file}`], { encoding: "buffer" });
    return stdout;
  }

  const json = async <T>(tar: string, file: string) => JSON.parse(Buffer.from(await read(tar, file)).toString()) as T;

  /** A blob by its descriptor, which has to be right about it. */
  async function blob(tar: string, { digest, size }: Descriptor): Promise<Uint8Array> {
    const [algorithm, hash] = digest.split(":");
    const content = await read(tar, `blobs/${algorithm}/${hash}`);
    assert.equal(content.byteLength, size);
    assert.equal(createHash("sha256").update(content).digest("hex"), hash);
    return content;
  }

  it("writes an archive whose digests and sizes hold from the index down to the layer's files", async () => {
    const tar = await archive("a");
    assert.deepEqual(await json(tar, "oci-layout"), { imageLayoutVersion: "1.0.0" });
    const index = await json<{ manifests: (Descriptor & { annotations: object })[] }>(tar, "index.json");
    assert.equal(index.manifests.length, 1);
    assert.deepEqual(index.manifests[0]!.annotations, {
      "io.containerd.image.name": "localhost/example:1",
      "org.opencontainers.image.ref.name": "localhost/example:1",
    });
    const manifest = JSON.parse(Buffer.from(await blob(tar, index.manifests[0]!)).toString()) as {
      config: Descriptor;
      layers: Descriptor[];
    };
    const layer = path.join(directory, "read.tar");
    await fs.writeFile(layer, await blob(tar, manifest.layers[0]!));
    assert.deepEqual(JSON.parse(Buffer.from(await blob(tar, manifest.config)).toString()), {
      architecture: architecture(),
      os: "linux",
      config: { User: "26" },
      rootfs: { type: "layers", diff_ids: [manifest.layers[0]!.digest] },
    });
    assert.equal(Buffer.from(await read(layer, "bin/program")).toString(), "program");
  });

  it("writes the same bytes for the same content", async () => {
    const [one, other] = await Promise.all([archive("a"), archive("b")]);
    assert.deepEqual(await fs.readFile(one), await fs.readFile(other));
  });

  it("names processors as Go does", () => {
    assert.equal(architecture("x64"), "amd64");
    assert.equal(architecture("arm64"), "arm64");
  });

  it("finds the server's version among other packages, without Debian's revision", () => {
    const client = "Package: postgresql-client-15\nStatus: install ok installed\nVersion: 15.9-1\n";
    const meta = "Package: postgresql\nVersion: 15+248\n";
    const server = "Package: postgresql-15\nStatus: install ok installed\nVersion: 15.20-0+deb12u1\nDepends: libc6\n";
    assert.equal(postgresVersion([client, meta, server].join("\n")), "15.20");
    assert.equal(postgresVersion(server.replace("15.20", "1:15.20")), "15.20");
    assert.equal(postgresVersion([client, meta].join("\n")), undefined);
  });
});
