import assert from "node:assert/strict";
import * as fs from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";
import { reviewStack } from "../../cli/review/ask";
import { copyProgram } from "../support/copy";
import { npm, pulumi, ROOT, transcripts } from "./support/commands";
import type { Configuration } from "./support/lab";
import { violationsIn } from "./support/policy";
import { secretValues } from "./support/preview";
import { configureRotation, type Rotation } from "./support/rotation";
import { makeWorkload, removeWorkload } from "./support/workloads";

type Change = (config: Configuration) => void;

const LEDGER = `import type { ServiceRecord } from "../record";

export const ledger = { name: "ledger", description: "A service of a test" } as const satisfies ServiceRecord;
`;
/** Reads `agents`' Secret at its start. */
const WORKLOAD = "reviewed";

/** What `npm run review` would say of stack dev with its configuration changed. Nothing is: it only looks. */
async function reviewed(change: Change, rotation: Rotation = {}, cwd = ROOT): Promise<{ text: string; exitCode: number }> {
  const { env, configFile } = await configureRotation(rotation, change);
  const result = await reviewStack({ stack: "dev", output: "md" }, { cwd, env, configFile });
  transcripts.push(result.text);
  const lines = result.text.split("\n");
  assert.ok(lines.length <= 40 && lines.every((line) => line.length <= 120), result.text);
  return result;
}

/** What stands under a heading. */
function under(text: string, title: string): string {
  const [, after] = text.split(`### ${title}\n`);
  assert.ok(after !== undefined, text);
  return after.split("\n\n")[0]!;
}

/** In one line, as words follow each other. */
const flat = (text: string) => text.replace(/\n {2}/g, " ");

describe("review of stack dev, as it is up", () => {
  let secrets: string[];
  let said = "";
  const review = async (...given: Parameters<typeof reviewed>) => {
    const { text, exitCode } = await reviewed(...given);
    said += text;
    return { text: flat(text), exitCode };
  };
  before(async () => {
    secrets = await secretValues();
    await makeWorkload("Deployment", WORKLOAD);
  });
  after(async () => {
    await removeWorkload("Deployment", WORKLOAD);
    for (const value of secrets)
      for (const form of [value, Buffer.from(value).toString("base64").replace(/=+$/, "")]) assert.ok(!said.includes(form));
  });

  it("says that nothing changes, and that no rule is broken", async () => {
    const { code, text } = await npm("review", ["--marker"]);
    assert.equal(code, 0, text);
    assert.match(
      text,
      /^<!-- cnpg-credentials review of dev -->\n## dev: nothing changes\n\nResources: \d+ unchanged\. Policy pack: no rule is broken\.$/m,
    );
    const json = await npm("review", ["--no-policy", "-o", "json"]);
    assert.equal(json.code, 0, json.text);
    assert.match(json.text, /"verdict": "nothing"/);
  });

  it("breaks a rule with dev's bootstrap of Vault, and all that belongs to it, as soon as dev is no stack of dev", async () => {
    const directory = await fs.mkdtemp(path.join(os.tmpdir(), "cnpg-credentials-policy-"));
    try {
      const settings = path.join(directory, "settings.json");
      await fs.writeFile(settings, JSON.stringify({ "dev-bootstrap": { devStacks: ["sandbox"] } }));
      const { code, text } = await pulumi("preview", "--policy-pack", "policy", "--policy-pack-config", settings);
      assert.notEqual(code, 0);
      const found = violationsIn(text);
      assert.ok(found.includes("mandatory dev-bootstrap: vault-bootstrap"), text);
      assert.deepEqual(
        found.filter((one) => !/^mandatory dev-bootstrap: vault-bootstrap(-[-\w]+)?$/.test(one)),
        [],
      );
    } finally {
      await fs.rm(directory, { recursive: true });
    }
  });

  describe("changes that destroy nothing, told at once", () => {
    let text: string;
    before(async () => {
      const directory = await fs.mkdtemp(path.join(os.tmpdir(), "cnpg-credentials-review-"));
      try {
        await copyProgram(directory);
        await fs.writeFile(path.join(directory, "catalog/services/ledger.ts"), LEDGER);
        const index = path.join(directory, "catalog/services/index.ts");
        await fs.writeFile(
          index,
          (await fs.readFile(index, "utf8"))
            .replace("import { platform", 'import { ledger } from "./ledger";\n$&')
            .replace("  platform,", "  ledger,\n$&"),
        );
        const change: Change = ({ services, vault }) => {
          services.ledger = {};
          services.platform = { rotation: { strategy: "alternating" } };
          (vault as Record<string, unknown>).mount = "elsewhere";
        };
        const reviewed = await review(change, { services: { platform: { active: "a", a: 1, owner: 0 } } }, directory);
        text = reviewed.text;
        assert.equal(reviewed.exitCode, 0, text);
        assert.match(text, /^## dev: changes, none of them destructive$/m);
      } finally {
        await fs.rm(directory, { recursive: true });
      }
    });

    it("a new service: a first password, a role and a database, and who may connect", () => {
      assert.ok(under(text, "Passwords").split("\n").includes("- `ledger` (Secret `ledger-db-auth`): a first password"), text);
      const cluster = under(text, "Cluster, roles and databases");
      assert.match(cluster, /^- Cluster `ameide-dev\/postgres-ameide`: who may connect to what, new lines of pg_hba\.conf: `hostssl/m);
      assert.match(cluster, /^- .*roles? .*`ledger`.*: new$/m);
      assert.match(cluster, /^- .*database `ledger`.*: new$/m);
    });

    it("a rotation by turns: nothing ends", () => {
      assert.match(
        under(text, "Passwords"),
        /^- `platform` \(`platform` → `platform_a`\): a new password, of the login whose turn it is; proven first, .*: no login fails;/m,
      );
      assert.match(under(text, "Cluster, roles and databases"), /^- .*`platform_a`, `platform_b`.*: new$/m);
    });

    it("another store: what is fetched through it comes from elsewhere", () => {
      assert.equal(
        under(text, "Secrets and stores"),
        "- store `ameide-vault`: another engine: everything that is fetched through it comes from there",
      );
    });
  });

  describe("changes that destroy something, told at once", () => {
    let text: string;
    before(async () => {
      const change: Change = ({ services, bundles }) => {
        services.agents = { workloads: [{ kind: "Deployment", name: WORKLOAD }] };
        services.plausible = { enabled: false };
        delete (bundles as Record<string, unknown>).minio;
      };
      const reviewed = await review(change, { services: { platform: { generation: 1 }, agents: { generation: 1 } } });
      text = reviewed.text;
      assert.equal(reviewed.exitCode, 1, text);
      assert.match(text, /^## dev: destructive changes$/m);
    });

    it("what ends comes first, then what is new, and what is restarted", () => {
      const places = ["Destroys", "Passwords", "Restarts"].map((title) => text.indexOf(`### ${title}\n`));
      assert.ok(places[0]! >= 0 && places[0]! < places[1]! && places[1]! < places[2]!, text);
    });

    it("a rotation in place: what ends, the new password, and what is restarted", () => {
      const what = "the password in use ends: logins fail from when CloudNativePG applies the new one until pods have read it";
      assert.ok(
        under(text, "Destroys").split("\n").includes(`- \`agents\` (role \`agents\`), \`platform\` (role \`platform\`): ${what}`),
        text,
      );
      assert.deepEqual(under(text, "Passwords").split("\n"), [
        "- `agents` (role `agents`): a new password in place, proven by a login afterwards",
        "- `platform` (role `platform`): a new password in place, proven by a login afterwards; nothing is restarted, pods have to read the Secret again",
      ]);
      assert.equal(under(text, "Restarts"), `- Deployment \`ameide-dev/${WORKLOAD}\`: once the new credential works: \`agents\``);
    });

    it("a service that goes: what is deleted, and what stays", () => {
      const destroyed = under(text, "Destroys");
      const off = "off from now on: password and Secrets are deleted, and the role may not connect any more";
      assert.ok(destroyed.split("\n").includes(`- \`plausible\` (Secret \`plausible-db-credentials\`): ${off}`), text);
      assert.match(
        destroyed,
        /`plausible` \(Secrets `plausible-admin`, `plausible-secret`\).*: not fetched from Vault any more, and deleted$/m,
      );
      assert.match(destroyed, /^- role `plausible`: closed, as its service is off: .* nobody logs in as it any more$/m);
      assert.match(under(text, "Warnings"), /plausible is off: its Secret and its password go, its database and its role stay in Postgres/);
      assert.match(
        under(text, "Cluster, roles and databases"),
        /^- database `plausible`: left in Postgres, closed and not managed any more$/m,
      );
    });

    it("a bundle that is switched off: its Secrets go", () => {
      const line =
        /bundle `minio` \(Secrets `minio-root-credentials`, `minio-service-users`\).*: not fetched from Vault any more, and deleted$/m;
      assert.match(under(text, "Destroys"), line);
    });
  });

  it("another Cluster, which databases cannot move to: the API server's word, and not the engine's", async () => {
    const { text, exitCode } = await review((config) => void (config.cluster.name = "postgres-other"));
    assert.equal(exitCode, 2, text);
    assert.match(under(text, "Why it failed"), /^- the Kubernetes API server reported .*: cluster reference is immutable after creation$/m);
    assert.doesNotMatch(text, /errors? occurred|urn:pulumi/);
  });

  it("a preview that fails: why, with what to do", async () => {
    const { text, exitCode } = await review((config) => void (config.services.platform = { keys: ["pooler"], pooler: "nobodys" }));
    assert.equal(exitCode, 2);
    assert.match(text, /^## dev: the preview failed$/m);
    assert.match(under(text, "Why it failed"), /^- services\.platform\.pooler: .*nobodys.*; .+$/m);
  });
});
