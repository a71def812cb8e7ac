import * as fs from "node:fs";
import { createRequire, isBuiltin } from "node:module";
import * as path from "node:path";
import { transform } from "sucrase";

/**
 * A program and all that it requires as the text of one CommonJS module: what a pod is given in a ConfigMap has no node_modules. What cannot be
 * resolved stays as it is, and fails only when it is asked for, as it does in its package.
 */
export function bundle(entry: string): string {
  const modules = new Map<string, { code: string; requires: Record<string, string> }>();
  const add = (file: string): void => {
    if (modules.has(file)) return;
    const code = read(file);
    const requires: Record<string, string> = {};
    modules.set(file, { code, requires });
    const { resolve } = createRequire(file);
    for (const [, request] of code.matchAll(/\brequire\(\s*["']([^"']+)["']\s*\)/g)) {
      if (isBuiltin(request!)) continue;
      try {
        requires[request!] = resolve(request!);
      } catch {
        continue;
      }
      add(requires[request!]!);
    }
  };
  add(entry);
  const ids = new Map([...modules.keys()].map((file, index) => [file, index]));
  const parts = [...modules.values()].map(
    ({ code, requires }) =>
      `[${JSON.stringify(Object.fromEntries(Object.entries(requires).map(([request, file]) => [request, ids.get(file)])))}, (module, exports, require) => {${code}\n}]`,
  );
  return `const modules = [${parts.join(",\n")}];\nconst loaded = [];\n${LOADER}\nload(0);\n`;
}

const LOADER = `function load(id) {
  if (loaded[id]) return loaded[id].exports;
  const [requires, body] = modules[id];
  const module = (loaded[id] = { exports: {} });
  body(module, module.exports, (request) => (request in requires ? load(requires[request]) : require(request)));
  return module.exports;
}`;

function read(file: string): string {
  const text = fs.readFileSync(file, "utf8");
  if (path.extname(file) === ".json") return `module.exports = ${text};`;
  return path.extname(file) === ".ts" ? transform(text, { transforms: ["typescript", "imports"], filePath: file }).code : text;
}
