import * as assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";
import { enterPlace, enterPlaceOfProgram, ownPlace, type Place } from "../../../config/enginePlaces";
import { announceEngine, hasStateFile, mendBackend, recover, UpdateRunning } from "../../../cli/recover/recover";
import { eventually } from "../../../lab/wait";
import { golden } from "../../support/golden";

/**
 * What `recover` asks of pulumi; anything else is an error, and so is a state that others may read.
 */
const PULUMI = `#!/bin/sh
echo "$*" >> "$FAKE/asked"
case "$*" in
  "whoami --json") printf '{"url":"%s"}' "$FAKE_BACKEND" ;;
  "stack --show-name") echo dev ;;
  "stack export" | "stack export --stack "*) cat "$FAKE/state.json" ;;
  "stack import --file "* | "stack import --stack "*" --file "*)
    for file; do :; done
    stat -c %a "$file" > "$FAKE/mode"
    cp "$file" "$FAKE/imported.json" ;;
  *) echo "unknown: $*" >&2; exit 3 ;;
esac
`;
/** Linux gives out none above 2^22. */
const NOBODY = 2 ** 22 + 1;
const LONG_AGO = "2001-01-01T00:00:00Z";

describe("cli/recover/recover", () => {
  let root: string;
  let env: NodeJS.ProcessEnv;
  const started: ChildProcess[] = [];
  const inRoot = (...names: string[]) => path.join(root, ...names);
  const locks = (stack = "dev") => inRoot("backend/.pulumi/locks/organization/shop", stack);

  before(function () {
    // Whose a lock is, `ps` and /proc say.
    if (process.platform !== "linux") this.skip();
  });
  beforeEach(async () => {
    root = await fs.mkdtemp(path.join(os.tmpdir(), "recover-"));
    for (const directory of ["bin", "project", locks(), "tmp"]) await fs.mkdir(path.resolve(root, directory), { recursive: true });
    await fs.writeFile(inRoot("bin/pulumi"), PULUMI, { mode: 0o700 });
    await fs.writeFile(inRoot("project/Pulumi.yaml"), "name: shop\nruntime: nodejs\n");
    await writeState({});
    const backend = `file://${inRoot("backend")}`;
    env = { PATH: `${inRoot("bin")}:${process.env.PATH}`, FAKE: root, FAKE_BACKEND: backend, PULUMI_BACKEND_URL: backend };
  });
  afterEach(async () => {
    for (const child of started.splice(0)) child.kill("SIGKILL");
    if (root) await fs.rm(root, { recursive: true });
  });

  const pulumi = () => ({ cwd: inRoot("project"), env });
  const writeState = (deployment: object) =>
    fs.writeFile(inRoot("state.json"), JSON.stringify({ version: 3, deployment: { manifest: { magic: "m" }, ...deployment } }));
  const asked = async () => (await fs.readFile(inRoot("asked"), "utf8").catch(() => "")).split("\n").filter(Boolean);
  const imported = async () => JSON.parse(await fs.readFile(inRoot("imported.json"), "utf8")) as unknown;
  const lock = async (name: string, more: object, stack?: string) => {
    const owner = { pid: NOBODY, username: "root", hostname: os.hostname(), timestamp: LONG_AGO, ...more };
    await fs.mkdir(locks(stack), { recursive: true });
    await fs.writeFile(path.join(locks(stack), `${name}.json`), JSON.stringify(owner));
  };
  const left = async (stack?: string) => (await fs.readdir(locks(stack))).sort();
  /** Asserts that the locks of these processes, and nothing else, were removed. */
  const assertRemoved = (done: readonly string[], pids: readonly number[], timestamp = LONG_AGO) => {
    assert.equal(done.length, pids.length, done.join("\n"));
    for (const [index, pid] of pids.entries())
      assert.ok(done[index]!.includes(`lock of process ${pid},`) && done[index]!.includes(timestamp), done[index]);
  };

  it("says nothing where there is nothing to do, and writes nothing", async () => {
    assert.deepEqual(await recover(pulumi(), "dev"), []);
    assert.deepEqual(await asked(), ["stack export --stack dev"]);
  });

  describe("operations that were under way", () => {
    const operation = (type: string, urn: string) => ({ type, resource: { urn, custom: true } });
    const pending = [
      operation("creating", "urn:pulumi:dev::shop::kubernetes:core/v1:Secret::api"),
      operation("updating", "urn:pulumi:dev::shop::my:index:Parent$kubernetes:batch/v1:Job::api-proof"),
    ];
    const resources = [{ urn: "urn:x", outputs: { password: { "4dabf18193072939515e22adb298388d": "s", ciphertext: "v1:abc" } } }];

    it("are forgotten, each is named, and all else is as it was", async () => {
      await writeState({ resources, pending_operations: pending });
      const done = await recover(pulumi(), "dev");
      assert.equal(done.length, 2);
      assert.match(done[0]!, /creating of kubernetes:core\/v1:Secret api$/);
      assert.match(done[1]!, /updating of my:index:Parent\$kubernetes:batch\/v1:Job api-proof$/);
      golden("recover", "operations that were under way", done.join("\n"));
      assert.deepEqual(await imported(), { version: 3, deployment: { manifest: { magic: "m" }, resources } });
    });

    it("pass through a file that nobody else may read, and that is gone afterwards", async () => {
      await writeState({ pending_operations: pending });
      const { TMPDIR } = process.env;
      process.env.TMPDIR = inRoot("tmp");
      await recover(pulumi(), "dev").finally(() => (TMPDIR === undefined ? delete process.env.TMPDIR : (process.env.TMPDIR = TMPDIR)));
      assert.equal((await fs.readFile(inRoot("mode"), "utf8")).trim(), "600");
      assert.match((await asked()).at(-1)!, new RegExp(`--file ${inRoot("tmp")}/`));
      assert.deepEqual(await fs.readdir(inRoot("tmp")), []);
    });

    it("are those of the stack that is named, or of the selected one", async () => {
      await writeState({ pending_operations: pending });
      await recover(pulumi(), "prod");
      await recover(pulumi());
      assert.deepEqual(
        (await asked()).map((line) => line.replace(/--file .*/, "--file")),
        ["stack export --stack prod", "stack import --stack prod --file", "stack --show-name", "stack export", "stack import --file"],
      );
    });
  });

  it("asks no engine where the backend is a directory and nothing was under way", async () => {
    await fs.mkdir(inRoot("backend/.pulumi/stacks/shop"), { recursive: true });
    const write = (latest: object | null) =>
      fs.writeFile(inRoot("backend/.pulumi/stacks/shop/dev.json"), JSON.stringify({ version: 3, checkpoint: { stack: "dev", latest } }));
    for (const latest of [null, {}, { pending_operations: [] }]) {
      await write(latest);
      assert.deepEqual(await recover(pulumi(), "organization/shop/dev"), []);
      assert.deepEqual(await asked(), []);
    }
    const pending_operations = [{ type: "creating", resource: { urn: "urn:pulumi:dev::shop::a:b:C::api" } }];
    await write({ pending_operations });
    await writeState({ pending_operations });
    assert.equal((await recover(pulumi(), "dev")).length, 1);
    assert.equal(await hasStateFile(pulumi(), "dev"), true);
    assert.equal(await hasStateFile(pulumi(), "prod"), false);
  });

  describe("a lock", () => {
    it("of a dead process is removed, and no other stack's", async () => {
      await lock("one", {});
      await lock("two", { pid: NOBODY + 1 });
      await lock("other", {}, "prod");
      await fs.writeFile(path.join(locks(), "notes.txt"), "");
      const done = await recover(pulumi(), "dev");
      assertRemoved(done, [NOBODY, NOBODY + 1]);
      golden("recover", "locks of dead processes", done.join("\n"));
      assert.deepEqual([await left(), await left("prod")], [["notes.txt"], ["other.json"]]);
    });

    it("of a process that lives is left, with those beside it, and nothing else is touched", async () => {
      const timestamp = new Date().toISOString();
      await lock("dead", {});
      await lock("live", { pid: process.pid, username: "ann", timestamp });
      await writeState({ pending_operations: [{ type: "creating", resource: { urn: "a::b::c::d" } }] });
      await assert.rejects(recover(pulumi(), "dev"), (error) => {
        assert.ok(error instanceof UpdateRunning);
        assert.match(error.message, new RegExp(`process ${process.pid} .*ann.*${timestamp}\n.*wait`));
        return true;
      });
      assert.deepEqual([await left(), await asked()], [["dead.json", "live.json"], []]);
    });

    describe("of a process that is not here, with this one's hostname", () => {
      const here: Place = { hostname: os.hostname(), machine: "m1", boot: "b1", namespace: "pid:[1]" };
      const at = async (other: Partial<Place>, used = new Date(LONG_AGO)) => {
        const place = { ...here, ...other };
        await enterPlace(inRoot("backend"), place);
        const file = inRoot(`backend/.pulumi/cnpg-credentials/places/${place.boot}-${place.namespace.replace(/\D/g, "")}.json`);
        await fs.utimes(file, used, used);
        return file;
      };
      beforeEach(() => lock("one", {}));

      const alive: [what: string, other: Partial<Place>][] = [
        ["another container of this machine", { namespace: "pid:[2]" }],
        ["a container of another machine", { boot: "b2", machine: "m2" }],
        ["one whose machine has no name", { boot: "b2", machine: "" }],
      ];
      for (const [what, other] of alive)
        it(`is left while ${what} has used the state, which is said`, async () => {
          const file = await at(other);
          await assert.rejects(recover(pulumi(), "dev", here), (error: Error) => {
            assert.ok(!(error instanceof UpdateRunning));
            assert.match(error.message, new RegExp(`one\\.json: no process ${NOBODY} is here`));
            assert.ok(error.message.includes(file), error.message);
            return true;
          });
          assert.deepEqual(await left(), ["one.json"]);
          await fs.rm(file);
          assertRemoved(await recover(pulumi(), "dev", here), [NOBODY]);
        });

      it("is left beside a file that nobody can read, and places of long ago are forgotten", async () => {
        const file = await at({ namespace: "pid:[2]" });
        await fs.writeFile(file, "{");
        await assert.rejects(recover(pulumi(), "dev", here), (error: Error) => error.message.includes(file));
        await fs.utimes(file, new Date(LONG_AGO), new Date(LONG_AGO));
        await enterPlace(inRoot("backend"), here);
        assert.deepEqual(await fs.readdir(path.dirname(file)), ["b1-1.json"]);
      });

      const dead: [what: string, other: Partial<Place>, used?: Date][] = [
        ["this place has", {}],
        ["this machine has, before it was started anew", { boot: "b0" }],
        ["another has that is called otherwise", { namespace: "pid:[2]", hostname: "elsewhere" }],
        ["another has, long before the lock was taken", { namespace: "pid:[2]" }, new Date(Date.parse(LONG_AGO) - 2 * 3_600_000)],
      ];
      for (const [what, other, used] of dead)
        it(`is removed where ${what}`, async () => {
          await at(other, used);
          assertRemoved(await recover(pulumi(), "dev", here), [NOBODY]);
        });

      it("is left while the program of a bare `pulumi up` elsewhere has said where it runs, and removed where it ran here", async () => {
        const places = inRoot("backend/.pulumi/cnpg-credentials/places");
        const loggedIn = { PULUMI_HOME: inRoot("home") };
        await fs.mkdir(loggedIn.PULUMI_HOME);
        await fs.writeFile(inRoot("home/credentials.json"), JSON.stringify({ current: env.PULUMI_BACKEND_URL }));
        for (const [how, given] of [
          ["by the environment", env],
          ["where `pulumi login` went", loggedIn],
        ] as const) {
          await enterPlaceOfProgram(given, inRoot("project"));
          assert.equal((await fs.readdir(places)).length, 1, how);
          await lock("one", {});
          await assert.rejects(recover(pulumi(), "dev", here), /one\.json: no process/, how);
          assertRemoved(await recover(pulumi(), "dev"), [NOBODY]);
          await fs.rm(places, { recursive: true });
        }
        for (const given of [{ PULUMI_BACKEND_URL: "https://backend.example" }, { PULUMI_HOME: inRoot("nobody") }])
          await enterPlaceOfProgram(given, inRoot("project"));
        await assert.rejects(fs.readdir(places));
      });

      it("is told from this one by the kernel and the processes that see each other", async () => {
        const own = await ownPlace();
        assert.match(own!.boot, /^[0-9a-f-]{36}$/);
        assert.match(own!.namespace, /^pid:\[\d+\]$/);
        await announceEngine(pulumi());
        assertRemoved(await recover(pulumi(), "dev"), [NOBODY]);
      });
    });

    it("is a dead process's whose number another has been given since", async () => {
      await lock("reused", { pid: process.pid });
      assertRemoved(await recover(pulumi(), "dev"), [process.pid]);
    });

    it("is a dead process's that is only still to be reaped", async () => {
      // Its parent is another program by now, one that does not ask for it.
      const parent = spawn("sh", ["-c", "sleep 600 & echo $!; exec sleep 600"], { stdio: ["ignore", "pipe", "ignore"] });
      started.push(parent);
      const [said] = (await once(parent.stdout, "data")) as [Buffer];
      const pid = Number(said.toString());
      for (const one of [parent.pid!, pid]) await until(one, /^\(sleep\) /);
      process.kill(pid, "SIGKILL");
      await until(pid, /^\(sleep\) Z /);
      const timestamp = new Date().toISOString();
      await lock("zombie", { pid, timestamp });
      assertRemoved(await recover(pulumi(), "dev"), [pid], timestamp);
    });

    /** Waits until what the system says of a process, from its name on, begins so. */
    async function until(pid: number, begins: RegExp): Promise<void> {
      let last = "";
      const expired = () => new Error(`process ${pid} is not ${begins}, but ${last}`);
      await eventually({ seconds: 15, everyMs: 20, expired }, async () => {
        last = (await fs.readFile(`/proc/${pid}/stat`, "utf8")).replace(/^\d+ /, "");
        return begins.test(last) || undefined;
      });
    }

    it("of another machine is left, and that machine is named", async () => {
      await lock("away", { hostname: "elsewhere", username: "ann" });
      await assert.rejects(recover(pulumi(), "dev"), {
        name: "FixableError",
        message: /ann@elsewhere, process \d+.*\n.*recover` there.*pulumi cancel/,
      });
      assert.deepEqual([await left(), await asked()], [["away.json"], []]);
    });

    it("that cannot be read is left, and named", async () => {
      await fs.writeFile(path.join(locks(), "cut.json"), '{"pid":');
      await assert.rejects(recover(pulumi(), "dev"), {
        name: "FixableError",
        message: /cut\.json cannot be read as a lock.*\n.*remove the file/,
      });
      assert.deepEqual([await left(), await asked()], [["cut.json"], []]);
    });

    it("is looked for under the selected stack, where none is named, and under a name in full", async () => {
      await lock("one", {});
      assertRemoved(await recover(pulumi()), [NOBODY]);
      await lock("one", {});
      assertRemoved(await recover(pulumi(), "organization/shop/dev"), [NOBODY]);
      assert.deepEqual(await left(), []);
    });

    it("is nobody's business here where the backend is a service", async () => {
      await lock("one", {});
      env.PULUMI_BACKEND_URL = "https://backend.example";
      assert.deepEqual(await recover(pulumi(), "dev"), []);
      assert.deepEqual(await left(), ["one.json"]);
    });
  });

  describe("the backend", () => {
    it("loses attributes that were cut short, whole ones and other files stay", async () => {
      const stacks = inRoot("backend/.pulumi/stacks/shop");
      await fs.mkdir(stacks, { recursive: true });
      for (const [name, text] of [
        ["dev.json.attrs", '{"md5"'],
        ["prod.json.attrs", ""],
        ["staging.json.attrs", "{}"],
        ["dev.json", "{"],
      ] as const)
        await fs.writeFile(path.join(stacks, name), text);
      const done = (await mendBackend(pulumi())).sort();
      assert.equal(done.length, 2);
      for (const [index, stack] of ["dev", "prod"].entries())
        assert.ok(done[index]!.startsWith(`removed ${path.join(stacks, `${stack}.json.attrs`)},`), done[index]);
      golden("recover", "a backend's files that were cut short", done.join("\n").replaceAll(root, "ROOT"));
      assert.deepEqual((await fs.readdir(stacks)).sort(), ["dev.json", "staging.json.attrs"]);
      assert.deepEqual(await mendBackend(pulumi()), []);
    });

    const places: [string, () => Partial<NodeJS.ProcessEnv>][] = [
      ["as pulumi says, where the environment does not", () => ({ PULUMI_BACKEND_URL: undefined })],
      ["below the home directory", () => ({ PULUMI_BACKEND_URL: `file://~/${path.relative(os.homedir(), inRoot("backend"))}` })],
      ["beside the project", () => ({ PULUMI_BACKEND_URL: "file://../backend" })],
      ["with parameters", () => ({ PULUMI_BACKEND_URL: `file://${inRoot("backend")}?no_tmp_dir=true` })],
    ];
    for (const [what, more] of places)
      it(`is found ${what}`, async () => {
        await lock("one", {});
        Object.assign(env, more());
        assertRemoved(await recover(pulumi(), "dev"), [NOBODY]);
      });
  });
});
