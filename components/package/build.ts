// Builds the package into `dist/`, which is what is published: JavaScript, its declarations and the
// schema. With `--schema`, only writes what the schema is by now to where it is kept.
import * as fs from "node:fs";
import * as path from "node:path";
import { buildSync } from "esbuild";
import ts from "typescript";
import { makeSchema, SCHEMA } from "./makeSchema";

const ROOT = path.resolve(__dirname, "../..");
const DIST = path.join(__dirname, "dist");
const ENTRY = path.join(__dirname, "index.ts");
const TYPES = path.join(DIST, "types");

export async function build(): Promise<string> {
  const schema = await makeSchema();
  if (schema !== fs.readFileSync(SCHEMA, "utf8"))
    throw new Error(
      `${path.relative(ROOT, SCHEMA)} is not what the sources say; \`node cli/run.cjs components/package/build.ts --schema\` writes it`,
    );
  fs.rmSync(DIST, { recursive: true, force: true });
  buildSync({
    entryPoints: [ENTRY, path.join(__dirname, "plugin.ts")],
    outdir: DIST,
    bundle: true,
    packages: "external",
    platform: "node",
    target: "node20",
    format: "cjs",
    legalComments: "none",
    charset: "utf8",
    absWorkingDir: ROOT,
  });
  writeDeclarations();
  for (const file of ["package.json", "PulumiPlugin.yaml", "README.md", "schema.json"])
    fs.copyFileSync(path.join(__dirname, file), path.join(DIST, file));
  fs.copyFileSync(path.join(ROOT, "LICENSE"), path.join(DIST, "LICENSE"));
  return DIST;
}

/** The declarations that the entry's needs, and no others. */
function writeDeclarations(): void {
  const { config } = ts.readConfigFile(path.join(ROOT, "tsconfig.json"), (file) => ts.sys.readFile(file)) as { config: object };
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files: [ENTRY] }, ts.sys, ROOT);
  const settings = { ...options, noEmit: false, declaration: true, emitDeclarationOnly: true, outDir: TYPES, rootDir: ROOT };
  const made = new Map<string, string>();
  ts.createProgram([ENTRY], settings).emit(undefined, (file, text) => void made.set(path.resolve(file), text));
  const write = (file: string) => {
    const text = made.get(file);
    if (text === undefined) return;
    made.delete(file);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, text);
    for (const { fileName } of ts.preProcessFile(text).importedFiles)
      if (fileName.startsWith(".")) write(path.resolve(path.dirname(file), `${fileName}.d.ts`));
  };
  write(path.join(TYPES, path.relative(ROOT, ENTRY).replace(/\.ts$/, ".d.ts")));
}

async function main(): Promise<void> {
  if (process.argv.includes("--schema")) fs.writeFileSync(SCHEMA, await makeSchema());
  else process.stdout.write(`${await build()}\n`);
}

if (require.main === module)
  main().catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exitCode = 1;
  });
