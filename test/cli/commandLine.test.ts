import * as assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { pathToFileURL } from "node:url";
import { text } from "node:stream/consumers";

const ROOT = path.join(__dirname, "../..");
const NOBODY = "https://127.0.0.1:1";

/** A stand-in for the engine: it prints its arguments, and does nothing else. */
const FAKE_PULUMI = `#!/bin/sh
case "$*" in
  version) echo v3.999.0 ;;
  "plugin install resource "*) mkdir -p "$PULUMI_HOME/plugins/resource-$4-v$5"; echo > "$PULUMI_HOME/plugins/resource-$4-v$5/x" ;;
  "stack ls "*) echo '[{"name":"dev"},{"name":"staging"}]' ;;
  "whoami --json") echo "error: not logged in" >&2; exit 255 ;;
  *) echo "FAKE PULUMI: $*" ;;
esac
`;

interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

describe("cnpg-credentials", function () {
  this.timeout(240_000);
  let directory: string;
  const at = (...names: string[]) => path.join(directory, ...names);

  before(() => {
    directory = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), "command-line-")));
    const context = (name: string, cluster = "c") => ({ name, context: { cluster, user: "u" } });
    const kubeconfig = {
      clusters: [{ name: "c", cluster: { server: NOBODY } }],
      users: [{ name: "u", user: { token: "t" } }],
      contexts: [context("elsewhere"), context("ameide-dev"), context("ameide-staging"), context("half", "missing")],
      "current-context": "elsewhere",
    };
    fs.writeFileSync(at("kubeconfig"), JSON.stringify(kubeconfig));
    fs.mkdirSync(at("bin"));
    fs.writeFileSync(at("bin", "pulumi"), FAKE_PULUMI, { mode: 0o755 });
  });
  after(() => fs.rmSync(directory, { recursive: true }));

  /** Runs a command from a directory of its own, on a kubeconfig that is named from there. */
  async function run(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ran> {
    const clean = Object.entries(process.env).filter(([name]) => !/^(npm_|PULUMI_|KUBECONFIG$|INIT_CWD$|NO_COLOR|FORCE_COLOR)/.test(name));
    const child = spawn(process.execPath, [...process.execArgv, path.join(ROOT, "cli/main.ts"), ...args], {
      cwd: ROOT,
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        ...Object.fromEntries(clean),
        INIT_CWD: directory,
        KUBECONFIG: "kubeconfig",
        PULUMI_HOME: at("home"),
        XDG_DATA_HOME: at("data"),
        XDG_CACHE_HOME: at("cache"),
        PATH: `${at("bin")}${path.delimiter}${process.env.PATH}`,
        ...env,
      },
    });
    const [out, err, [code]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, "close") as Promise<[number | null]>,
    ]);
    return { code, out, err };
  }
  /** States of staging are nowhere but in a backend. */
  const loggedIn = () => ({ PULUMI_BACKEND_URL: pathToFileURL(at("backend")).href });
  const noTrace = ({ out, err }: Ran) => assert.doesNotMatch(out + err, /^\s+at .*:\d+/m);

  for (const line of ["pulumi destroy --yes --stack staging", "pulumi destroy -s staging --yes", "--stack=staging pulumi destroy --yes"])
    it(`\`${line}\` is about staging and nothing else`, async () => {
      const ran = await run(line.split(" "), loggedIn());
      assert.equal(ran.code, 0, ran.err);
      assert.match(ran.out, /^FAKE PULUMI: destroy --yes --stack staging --config-file \S+\/Pulumi\.staging\.yaml$/m);
      assert.match(ran.err, new RegExp(`^pulumi destroy: stack staging in context ameide-staging at ${NOBODY}$`, "m"));
      assert.doesNotMatch(ran.out, /dev/);
    });

  it("lets pulumi keep what is protected, and work from a clone that has never run the program", async () => {
    for (const line of ["destroy --exclude-protected --yes", "refresh --yes"]) {
      const ran = await run(["pulumi", ...line.split(" "), "--stack", "staging"], loggedIn());
      assert.equal(ran.code, 0, ran.err);
      assert.match(ran.out, new RegExp(`^FAKE PULUMI: ${line} --stack staging --config-file \\S+/Pulumi\\.staging\\.yaml$`, "m"));
    }
  });

  for (const [line, remedy] of [
    ["policy publish acme", /--policy-pack policy/],
    ["import kubernetes:core/v1:Secret platform a/b", /run `up`/],
  ] as const)
    it(`refuses \`pulumi ${line}\` before a cluster is asked, with what does it`, async () => {
      const ran = await run(["pulumi", ...line.split(" "), "--stack", "staging"]);
      assert.deepEqual([ran.code, ran.out], [2, ""]);
      assert.match(ran.err, remedy);
    });

  it("takes the context of the stack's file, and never the current one in its place", async () => {
    const ran = await run(["pulumi", "preview", "--stack", "prod"]);
    assert.deepEqual([ran.code, ran.out], [2, ""]);
    assert.match(ran.err, /has no context `ameide-prod`, which Pulumi\.prod\.yaml names/);
    assert.match(ran.err, /Remedy: .*--context: it has `elsewhere`, `ameide-dev`, `ameide-staging`, `half`/);
  });

  for (const args of [
    ["status"],
    ["psql", "platform"],
    ["retire", "platform"],
    ["rotate", "platform"],
    ["pulumi", "preview"],
    ["drift"],
    ["smoke"],
    ["inventory", "--live"],
    ["migrate", "plan"],
  ])
    it(`\`${args.join(" ")}\` ends in a sentence where the server does not answer, and has made and fetched nothing`, async () => {
      const ran = await run(args);
      assert.equal(ran.code, 2);
      assert.equal(
        ran.err,
        `${NOBODY} does not answer (ECONNREFUSED)\nRemedy: see that \`kubectl get namespaces\` works with that kubeconfig and context\n`,
      );
      for (const made of [at("data", "cnpg-credentials", "passphrase"), at("cache", "cnpg-credentials", "tools", "x")])
        assert.ok(!fs.existsSync(made), made);
    });

  it("says what is wrong with a kubeconfig, and what in it", async () => {
    fs.writeFileSync(at("no-yaml"), "hunter2: [");
    fs.writeFileSync(at("empty"), "");
    for (const [KUBECONFIG, context, expected] of [
      [
        at("no-yaml"),
        "elsewhere",
        /no-yaml is not a kubeconfig: line 1 opens a bracket \(`\[`\) and does not close it\nRemedy: correct it/,
      ],
      [at("empty"), "elsewhere", /empty is empty\nRemedy: correct it/],
      [at("bin"), "elsewhere", /bin is a folder\nRemedy: correct it/],
      [at("nowhere"), "elsewhere", /nowhere is not there\nRemedy: name a file that there is/],
      ["kubeconfig", "half", /the context `half` names the cluster `missing`, and there is none of that name\nRemedy: /],
      ["kubeconfig", "elsewher", /no context `elsewher`, which --context names; did you mean `elsewhere`\?\nRemedy: .*it has `elsewhere`/],
    ] as const) {
      const ran = await run(["status", "--context", context], { KUBECONFIG });
      assert.deepEqual([ran.code, ran.out], [2, ""]);
      assert.match(ran.err, expected);
      assert.ok(!ran.err.includes("hunter2"));
      noTrace(ran);
    }
  });

  for (const args of [
    ["pulumi", "destroy", "-s", "staging", "--stack", "prod"],
    ["--stack", "prod", "pulumi", "--stack", "dev", "up"],
    ["psql", "--stack", "staging", "platform", "--stack", "prod"],
  ])
    it(`refuses two stacks in one line: \`${args.join(" ")}\``, async () => {
      const ran = await run(args);
      assert.deepEqual([ran.code, ran.out], [2, ""]);
      assert.match(ran.err, /--stack is given twice, as `\w+` and as `\w+`\nRemedy: give one of them/);
    });

  it("changes no cluster of one's own where nobody can be asked, and says which it would have been", async () => {
    const ran = await run(["up"]);
    assert.equal(ran.code, 2);
    assert.equal(ran.err, `up: stack dev in context ameide-dev at ${NOBODY}\nthere is nobody to ask\nRemedy: \`--yes\` answers for you\n`);
  });

  it("refuses what npm has kept for itself", async () => {
    const ran = await run(["status"], { npm_lifecycle_event: "status", npm_config_stack: "prod" });
    assert.deepEqual([ran.code, ran.out], [2, ""]);
    assert.match(ran.err, /Remedy: write npm run status -- --stack prod\n/);
  });

  it("says that a stack has no file, and which have one", async () => {
    const ran = await run(["status", "--stack", "prd"]);
    assert.equal(ran.code, 2);
    assert.match(ran.err, /Pulumi\.prd\.yaml cannot be read; did you mean `prod`\?\nRemedy: .*there are dev, prod, staging/);
  });

  for (const [args, said] of [
    [["rotate"], /^no service is named\nRemedy: name one of .*\bplatform\b.*, or give --group, --all or --due\n$/],
    [["rotate", "platfrom"], /^Pulumi\.dev\.yaml has no service platfrom; did you mean `platform`\?\nRemedy: name one of .*\bplatform\b/],
    [["retire"], /^no service is named\nRemedy: name one of .*\bplatform\b/],
    [["retire", "platfrom"], /^Pulumi\.dev\.yaml has no service platfrom; did you mean `platform`\?/],
    [["recover", "--stack", "prd"], /Pulumi\.prd\.yaml cannot be read; did you mean `prod`\?\nRemedy: .*there are dev, prod, staging/],
    [["inventory", "--stack", "prd"], /Pulumi\.prd\.yaml: cannot be read; did you mean `prod`\?; .*there are dev, prod, staging/],
    [["help", "statsu"], /^there is no command statsu; did you mean `status`\?\nRemedy: `cnpg-credentials --help` lists them\n$/],
  ] as const)
    it(`\`${args.join(" ")}\` is refused before anything is asked, with what was probably meant`, async () => {
      const ran = await run(args, { PATH: at("nothing") });
      assert.deepEqual([ran.code, ran.out], [2, ""]);
      assert.match(ran.err, said);
    });

  it("recovers nothing without pulumi, or without a login, and shows no stack trace", async () => {
    const without = await run(["recover"], { PATH: at("nothing") });
    assert.equal(without.code, 2);
    assert.match(without.err, /there is no pulumi on the PATH\nRemedy: install it/);
    const strange = await run(["recover"]);
    assert.match(strange.err, /pulumi whoami --json failed\nerror: not logged in\nRemedy: /);
    for (const ran of [without, strange]) noTrace(ran);
  });

  it("ends quietly where nobody reads on", async () => {
    const child = spawn(process.execPath, [...process.execArgv, path.join(ROOT, "cli/main.ts"), "inventory"], {
      cwd: ROOT,
      stdio: ["ignore", "pipe", "pipe"],
    });
    child.stdout.destroy();
    const [said, [code]] = await Promise.all([text(child.stderr), once(child, "close") as Promise<[number | null]>]);
    assert.deepEqual([said, code], ["", 0]);
  });

  it("says its version, and how a command is used", async () => {
    assert.match((await run(["--version"])).out, /^\d+\.\d+\.\d+\n$/);
    const wrong = await run(["status", "--stak", "prod"]);
    assert.equal(wrong.code, 2);
    assert.match(wrong.err, /unknown option '--stak'\n\(Did you mean --stack\?\)\n`cnpg-credentials status --help` says how it is used/);
  });
});
