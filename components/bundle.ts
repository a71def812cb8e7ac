import * as path from "node:path";
import { buildSync } from "esbuild";

/** The bootstrap program: what the ConfigMap of its CronJob holds. */
export function bundleBootstrap(): string {
  return bundleProgram(path.join(path.dirname(__dirname), "vault", "bootstrap", "main.ts"));
}

/** A program as one file for plain Node. The same sources give the same text, so that an `up` changes nothing. */
export function bundleProgram(entryPoint: string): string {
  const { outputFiles } = buildSync({
    entryPoints: [entryPoint],
    bundle: true,
    platform: "node",
    target: "node22",
    format: "cjs",
    // A ConfigMap holds a mebibyte, and whoever reads it in the cluster should be able to.
    minifyWhitespace: false,
    legalComments: "none",
    charset: "utf8",
    write: false,
    // The working directory is in no output.
    absWorkingDir: path.dirname(__dirname),
  });
  return outputFiles[0]!.text;
}
