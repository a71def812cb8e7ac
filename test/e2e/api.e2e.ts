// The layer between mocks and the lab: the whole of test/api, with one API server for all its files.
import * as fs from "node:fs";
import { createRequire } from "node:module";
import * as path from "node:path";
import { startWorld, stopWorld } from "../api/support/world";

const DIRECTORY = path.join(__dirname, "../api");
const load = createRequire(__filename);
/** Where the cache is empty, the API server is built first. */
const BUILD_MINUTES = 60;

before(async function () {
  this.timeout(BUILD_MINUTES * 60_000);
  const began = performance.now();
  await startWorld();
  console.log(`API server with its kinds after ${((performance.now() - began) / 1000).toFixed(1)} s`);
});
after(stopWorld);

for (const file of fs.readdirSync(DIRECTORY).sort()) if (file.endsWith(".api.ts")) load(path.join(DIRECTORY, file));
