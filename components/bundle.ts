import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { version } from "esbuild/package.json";
import type { BuildOptions } from "esbuild";

const ROOT = path.dirname(__dirname);
const CACHE = path.join(ROOT, "node_modules", ".cache", "bundles");

/** The bootstrap program: what the ConfigMap of its CronJob holds. */
export function bundleBootstrap(): string {
  return bundleProgram(path.join(path.dirname(__dirname), "vault", "bootstrap", "main.ts"));
}

/**
 * A program as one file for plain Node. The same sources give the same text, so that an `up` changes
 * nothing. What has been made of them is kept: without it, every preview would load the bundler and
 * have its process read all of them.
 */
export function bundleProgram(entryPoint: string): string {
  const kept = path.join(CACHE, digest(`${version} ${JSON.stringify(OPTIONS)} ${path.relative(ROOT, entryPoint)}`));
  return fromCache(kept) ?? make(entryPoint, kept);
}

const OPTIONS = {
  bundle: true,
  platform: "node",
  target: "node22",
  format: "cjs",
  // A ConfigMap holds a mebibyte, and a person should be able to read it in the cluster.
  minifyWhitespace: false,
  legalComments: "none",
  charset: "utf8",
} as const satisfies BuildOptions;

interface Kept {
  /** Digests of the sources, by their paths. */
  readonly sources: Readonly<Record<string, string>>;
  readonly text: string;
}

/** Whatever would make another text of it has changed one of the sources. */
function fromCache(file: string): string | undefined {
  try {
    const { sources, text } = JSON.parse(fs.readFileSync(file, "utf8")) as Kept;
    return Object.entries(sources).every(([source, known]) => digestOf(source) === known) ? text : undefined;
  } catch {
    return undefined;
  }
}

function make(entryPoint: string, kept: string): string {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- Most runs need no bundler, and a constructor cannot wait for one.
  const bundler = require("esbuild") as Bundler;
  const { outputFiles, metafile } = bundler.buildSync({
    ...OPTIONS,
    entryPoints: [entryPoint],
    metafile: true,
    write: false,
    // The working directory is in no output.
    absWorkingDir: ROOT,
  });
  const { text } = outputFiles[0]!;
  keep(kept, { sources: Object.fromEntries(Object.keys(metafile.inputs).map((source) => [source, digestOf(source)])), text });
  return text;
}

interface Bundler {
  buildSync(options: BuildOptions): { outputFiles: { text: string }[]; metafile: { inputs: Record<string, unknown> } };
}

function keep(file: string, kept: Kept): void {
  const whole = `${file}.${process.pid}`;
  try {
    fs.mkdirSync(CACHE, { recursive: true });
    fs.writeFileSync(whole, JSON.stringify(kept));
    fs.renameSync(whole, file);
  } catch {
    // Somebody else's clone, or a disk that is full: it is made anew the next time.
  }
}

const digest = (text: string) => createHash("sha256").update(text).digest("hex");
const digestOf = (source: string) => digest(fs.readFileSync(path.join(ROOT, source), "utf8"));
