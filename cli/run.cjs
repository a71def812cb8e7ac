// Every command starts here. In a clone, with whatever Node the machine has: installs the locked
// packages, those of the policy pack among them, where they are absent or older than their lock
// file, then runs the command under the Node that the lock file pins. As an installed package, which
// has no lock file of its own: runs the command, with the packages that are installed beside it.
"use strict";
const { spawn } = require("node:child_process");
const fs = require("node:fs");
const path = require("node:path");

const root = path.dirname(__dirname);
const isClone = fs.existsSync(path.join(root, "package-lock.json"));
const inside = root.lastIndexOf(`${path.sep}node_modules${path.sep}`);
const modules = path.join(isClone || inside < 0 ? root : root.slice(0, inside), "node_modules");

async function install() {
  if (!isClone) return;
  const outdated = [root, path.join(root, "policy")].map(packagesOf).filter(({ isInstalled }) => !isInstalled);
  if (outdated.length === 0) return;
  const started = Date.now();
  process.stderr.write("Installing the packages that package-lock.json pins ...\n");
  const failed = (await Promise.all(outdated.map(installInto))).filter((log) => log !== undefined);
  if (failed.length > 0) {
    process.stderr.write(
      `npm ci failed; its output is in ${failed.join(" and ")}. Correct what it names (network, registry, disk) and run the command again.\n`,
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
  // Packages' own scripts are not run: they fetch what no lock file has a checksum of.
  const { status, output } = await npm(directory, "ci", "--ignore-scripts", "--no-audit", "--no-fund");
  const log = path.join(directory, "npm-install.log");
  if (status !== 0) {
    fs.writeFileSync(log, `${output}\n`);
    return log;
  }
  fs.rmSync(log, { force: true });
  // But for one, which fetches Node itself. Pipelines bring their own, unless it is too old to do without.
  // It ends well without what it could not fetch: once more, then, before anything is said of it.
  const wanted = directory === root && !(process.env.CI && isNewEnough());
  for (let left = 2; wanted && left > 0 && pinned() === undefined; left--) await npm(directory, "rebuild", "node");
  fs.writeFileSync(stamp, lock);
  return undefined;
}

async function npm(directory, ...args) {
  // Called by npm, its program is known; beside Node it is where Node's installers put it.
  const beside = path.join(path.dirname(process.execPath), "node_modules", "npm", "bin", "npm-cli.js");
  const cli = process.env.npm_execpath ?? (fs.existsSync(beside) ? beside : undefined);
  const command = cli === undefined ? ["npm"] : [process.execPath, cli];
  const run = spawn(command[0], [...command.slice(1), ...args], {
    cwd: directory,
    stdio: ["ignore", "pipe", "pipe"],
    // On Windows, npm is a script of the shell's.
    shell: cli === undefined && process.platform === "win32",
  });
  let output = "";
  for (const stream of [run.stdout, run.stderr]) stream.setEncoding("utf8").on("data", (text) => (output += text));
  const status = await new Promise((resolve) => {
    run.on("error", (error) => resolve(void (output += error)));
    run.on("close", resolve);
  });
  return { status, output };
}

/** The version that package.json asks for, and no more than that. */
const OLDEST = [22, 15];

/** Whether the Node that runs this would do for the commands. */
function isNewEnough() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  return major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1]);
}

/** The Node that the lock file pins, where it is there. */
function pinned() {
  return ["node", "node.exe"].map((name) => path.join(modules, "node", "bin", name)).find((file) => fs.existsSync(file));
}

/** The pinned one; this one where its install script was not allowed to run, and this one will do. */
function runtime() {
  const found = pinned();
  if (found !== undefined) return found;
  if (isNewEnough()) return process.execPath;
  if (!isClone) {
    process.stderr.write(`This is Node ${process.versions.node}. Install Node ${OLDEST.join(".")} or newer.\n`);
    return process.exit(2);
  }
  process.stderr.write(
    `The pinned Node is not in node_modules: npm did not run the install script of the package \`node\` (ignore-scripts, a pipeline), or it failed. ` +
      `Install Node ${OLDEST.join(".")} or newer (this is ${process.versions.node}), or run \`npm rebuild node --ignore-scripts=false\`.\n`,
  );
  return process.exit(2);
}

/** npm changes into the clone before it runs a script, and says from where; whoever else calls has not. */
function whereOneStands() {
  const isScript = process.cwd() === root && process.env.npm_package_json === path.join(root, "package.json");
  return isScript ? (process.env.INIT_CWD ?? root) : process.cwd();
}

function start() {
  const node = runtime();
  const env = {
    // What V8 has compiled of packages, for this process and for those that it starts, the program
    // among them: a fifth of a second each.
    NODE_COMPILE_CACHE: path.join(modules, ".cache", "v8"),
    ...process.env,
    INIT_CWD: whereOneStands(),
    PATH: [path.dirname(node), path.join(modules, ".bin"), process.env.PATH ?? ""].join(path.delimiter),
  };
  const child = spawn(node, ["--require", path.join(__dirname, "typescript.cjs"), ...process.argv.slice(2)], {
    cwd: root,
    env,
    stdio: "inherit",
  });
  // The child gets the terminal's signals itself; this process only waits for how it ends.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => signal === "SIGINT" || child.kill(signal));
  child.on("error", (error) => {
    process.stderr.write(`Cannot start ${node}: ${error.message}. Remove ${modules} and run the command again.\n`);
    process.exit(2);
  });
  child.on("exit", (code, signal) => process.exit(signal ? 130 : (code ?? 2)));
}

void install().then(start);
