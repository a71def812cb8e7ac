// Loaded before anything else in the processes that run unit tests, and in those that these start:
// see README.md.
import { registerHooks } from "node:module";
import * as path from "node:path";
import { pathToFileURL } from "node:url";

const ROOT = path.resolve(__dirname, "../..");
const urlOf = (file: string) => pathToFileURL(file).href;

const STAND_INS: ReadonlyMap<string, string> = new Map(
  [
    ["catalog/services/index.ts", "catalogue.ts"],
    ["catalog/bundles/index.ts", "bundles.ts"],
    ["vault/fixtureMap.ts", "fixtureMap.ts"],
  ].map(([file = "", standIn = ""]) => [urlOf(path.join(ROOT, file)), urlOf(path.join(__dirname, standIn))]),
);

registerHooks({
  resolve: (specifier, context, next) => {
    const found = next(specifier, context);
    return { ...found, url: STAND_INS.get(found.url) ?? found.url };
  },
});
// Where test/support/stackFiles.ts looks for them.
process.env.STACK_FILES = __dirname;
