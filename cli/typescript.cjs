// Required before everything else: strips the types of this repository's TypeScript while Node
// loads it. What sucrase has made of a text is kept in node_modules/.cache by a hash of it, so that
// V8's own cache knows it, too: both took more than half of a command's start. Lines stay where
// they were; no source map is needed.
"use strict";
const Module = require("node:module");
const path = require("node:path");

const cache = path.join(path.dirname(__dirname), "node_modules", ".cache");
// For whoever has not begun with `cli/run.cjs`, which says so in the environment: plain `pulumi up`.
Module.enableCompileCache?.(path.join(cache, "v8"));

const { createHash } = require("node:crypto");
const fs = require("node:fs");
const { version } = require("sucrase/package.json");

function strip(text, file) {
  const kept = path.join(cache, "sucrase", createHash("sha1").update(`${version}\n${text}`).digest("hex"));
  try {
    return fs.readFileSync(kept, "utf8");
  } catch {
    const { code } = require("sucrase").transform(text, { transforms: ["imports", "typescript"], filePath: file });
    keep(kept, code);
    return code;
  }
}

function keep(file, code) {
  const whole = `${file}.${process.pid}`;
  try {
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(whole, code);
    fs.renameSync(whole, file);
  } catch {
    // Somebody else's clone, or a disk that is full: it is made anew the next time.
  }
}

/**
 * Packages of many modules, of which loading takes longer than what is in them: Kubernetes' client is
 * 880 modules, half a second of processor time, however few a command calls. As one file they take a
 * tenth. Names stay: errors and tests go by them.
 */
const AS_ONE_FILE = new Set(["@kubernetes/client-node", "@peculiar/x509", "zod", "yaml", "@grpc/grpc-js", "semver"]);

const BUNDLED = {
  bundle: true,
  write: false,
  platform: "node",
  format: "cjs",
  minifySyntax: true,
  minifyWhitespace: true,
  logLevel: "error",
};

function asOneFile(name, entry) {
  const { version: installed } = require(`${name}/package.json`);
  const how = createHash("sha1").update(JSON.stringify(BUNDLED)).digest("hex").slice(0, 8);
  const kept = path.join(cache, "bundled", `${name.replace("/", "+")}-${installed}-${how}.cjs`);
  if (fs.existsSync(kept)) return kept;
  const { outputFiles } = require("esbuild").buildSync({ ...BUNDLED, entryPoints: [entry] });
  keep(kept, outputFiles[0].text);
  return fs.existsSync(kept) ? kept : entry;
}

const resolve = Module._resolveFilename;
Module._resolveFilename = function (request, ...rest) {
  const file = resolve.call(this, request, ...rest);
  return AS_ONE_FILE.has(request) ? asOneFile(request, file) : file;
};

/**
 * Pulumi's SDK loads these at its start, and calls them only where a program has functions of its
 * own serialized. They are 450 of its 760 modules: the TypeScript compiler, and npm's resolver of
 * dependencies. Loading them takes more than half of the SDK's time and 45 MB.
 */
const WHEN_CALLED = new Set(["typescript", "@npmcli/arborist", "normalize-package-data"]);
const SDK = path.join("node_modules", "@pulumi", "pulumi", path.sep);

const load = Module._load;
Module._load = function (request, parent, ...rest) {
  if (!WHEN_CALLED.has(request) || !parent?.filename?.includes(SDK)) return load.call(this, request, parent, ...rest);
  const loaded = () => load.call(this, request, parent, ...rest);
  // An importer copies a module that does not say `__esModule`, and would load it.
  return new Proxy({}, { get: (_, name) => name === "__esModule" || (name === "default" ? loaded() : loaded()[name]) });
};

require.extensions[".ts"] = (module, file) => module._compile(strip(fs.readFileSync(file, "utf8"), file), file);
