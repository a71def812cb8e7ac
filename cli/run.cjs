// Every npm script starts here, on a bare clone and with whatever Node the machine has: installs the locked packages, those of the policy pack among them,
// where they are absent or older than their lock file, then runs the command under the Node runtime that the lock file pins.
"use strict";
const { spawn } = require("node:child_process");
const fs = require("node:fs");
const path = require("node:path");

const root = path.dirname(__dirname);
const modules = path.join(root, "node_modules");

async function install() {
  const outdated = [root, path.join(root, "policy")].map(packagesOf).filter(({ isInstalled }) => !isInstalled);
  if (outdated.length === 0) return;
  const started = Date.now();
  process.stderr.write("Installing the packages that package-lock.json pins ...\n");
  const failed = (await Promise.all(outdated.map(installInto))).filter((log) => log !== undefined);
  if (failed.length > 0) {
    process.stderr.write(
      `npm ci failed; its output is in ${failed.join(" and ")}. Mend what it names (network, registry, disk) and run the command again.\n`,
    );
    process.exit(2);
  }
  process.stderr.write(`Installed in ${((Date.now() - started) / 1000).toFixed(0)} s.\n`);
}

function packagesOf(directory) {
  const lock = fs.readFileSync(path.join(directory, "package-lock.json"), "utf8");
  const stamp = path.join(directory, "node_modules", ".installed-from");
  return { directory, lock, stamp, isInstalled: fs.existsSync(stamp) && fs.readFileSync(stamp, "utf8") === lock };
}

/** The path of the log, if it fails. */
async function installInto({ directory, lock, stamp }) {
  const npm = process.env.npm_execpath ? [process.execPath, process.env.npm_execpath] : ["npm"];
  const run = spawn(npm[0], [...npm.slice(1), "ci", "--no-audit", "--no-fund"], { cwd: directory, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [run.stdout, run.stderr]) stream.setEncoding("utf8").on("data", (text) => (output += text));
  const status = await new Promise((resolve) => {
    run.on("error", (error) => resolve(void (output += error)));
    run.on("close", resolve);
  });
  const log = path.join(directory, "npm-install.log");
  if (status !== 0) {
    fs.writeFileSync(log, `${output}\n`);
    return log;
  }
  fs.rmSync(log, { force: true });
  fs.writeFileSync(stamp, lock);
  return undefined;
}

function start() {
  const bin = path.join(modules, ".bin");
  const env = {
    // What V8 has compiled of packages, for this process and for those that it starts, the program
    // among them: a fifth of a second each.
    NODE_COMPILE_CACHE: path.join(modules, ".cache", "v8"),
    ...process.env,
    PATH: `${bin}${path.delimiter}${process.env.PATH ?? ""}`,
  };
  const child = spawn(path.join(bin, "node"), ["--require", path.join(__dirname, "typescript.cjs"), ...process.argv.slice(2)], {
    cwd: root,
    env,
    stdio: "inherit",
  });
  // The child gets the terminal's signals itself; this process only waits for how it ends.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => signal === "SIGINT" || child.kill(signal));
  child.on("error", (error) => {
    process.stderr.write(`Cannot start Node from ${bin}: ${error.message}. Remove node_modules and run the command again.\n`);
    process.exit(2);
  });
  child.on("exit", (code, signal) => process.exit(signal ? 130 : (code ?? 2)));
}

void install().then(start);
