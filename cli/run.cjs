// Every npm script starts here, on a bare clone and with whatever Node the machine has: installs the locked packages
// when they are absent or older than the lock file, then runs the command under the Node runtime that the lock file pins.
"use strict";
const { spawn, spawnSync } = require("node:child_process");
const fs = require("node:fs");
const path = require("node:path");

const root = path.dirname(__dirname);
const modules = path.join(root, "node_modules");
const stamp = path.join(modules, ".installed-from");

function install() {
  const lock = fs.readFileSync(path.join(root, "package-lock.json"), "utf8");
  if (fs.existsSync(stamp) && fs.readFileSync(stamp, "utf8") === lock) return;
  const started = Date.now();
  process.stderr.write("Installing the packages that package-lock.json pins ...\n");
  const log = path.join(root, "npm-install.log");
  const npm = process.env.npm_execpath ? [process.execPath, process.env.npm_execpath] : ["npm"];
  const run = spawnSync(npm[0], [...npm.slice(1), "ci", "--no-audit", "--no-fund"], { cwd: root, encoding: "utf8" });
  if (run.status !== 0) {
    fs.writeFileSync(log, `${run.stdout ?? ""}${run.stderr ?? ""}${run.error ?? ""}\n`);
    process.stderr.write(
      `npm ci failed; its output is in ${log}. Mend what it names (network, registry, disk) and run the command again.\n`,
    );
    process.exit(2);
  }
  fs.rmSync(log, { force: true });
  fs.writeFileSync(stamp, lock);
  process.stderr.write(`Installed in ${((Date.now() - started) / 1000).toFixed(0)} s.\n`);
}

install();
const bin = path.join(modules, ".bin");
const env = { ...process.env, PATH: `${bin}${path.delimiter}${process.env.PATH ?? ""}` };
const child = spawn(
  path.join(bin, "node"),
  ["--require", require.resolve("sucrase/register/ts", { paths: [root] }), ...process.argv.slice(2)],
  {
    cwd: root,
    env,
    stdio: "inherit",
  },
);
// The child gets the terminal's signals itself; this process only waits for how it ends.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => signal === "SIGINT" || child.kill(signal));
child.on("error", (error) => {
  process.stderr.write(`Cannot start Node from ${bin}: ${error.message}. Remove node_modules and run the command again.\n`);
  process.exit(2);
});
child.on("exit", (code, signal) => process.exit(signal ? 130 : (code ?? 2)));
