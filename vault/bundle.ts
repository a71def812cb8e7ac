import * as path from "node:path";
import { buildSync } from "esbuild";

/**
 * The bootstrap program as one file for plain Node: what the ConfigMap of the CronJob holds. The same sources give the
 * same text, so that an `up` changes nothing.
 */
export function bundleBootstrap(): string {
  const { outputFiles } = buildSync({
    entryPoints: [path.join(__dirname, "bootstrap", "main.ts")],
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
