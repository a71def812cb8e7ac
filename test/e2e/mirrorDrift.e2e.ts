import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { CoreV1Api } from "@kubernetes/client-node";
import { npm, transcripts } from "./support/commands";
import { clean, drift, kinds, mend } from "./support/drift";
import { kubectl, NAMESPACE, superuser, target, upWith } from "./support/lab";
import {
  applicationSecrets,
  copyOf,
  inStep,
  keyOf,
  logsIn,
  mirrored,
  openVault,
  removeCopies,
  upRefreshed,
  type OpenVault,
} from "./support/mirror";
import { restore } from "./support/rotation";
import { VAULT } from "./support/vault";
import { apply } from "./support/workloads";

const AGENTS = "agents-db-secret";
const PLATFORM = "platform-db-credentials";

describe("npm run drift, of Vault", () => {
  let vault: OpenVault;
  const secrets = new Set<string>();
  const remember = async () => {
    for (const data of Object.values(await applicationSecrets()))
      for (const [key, value] of Object.entries(data)) if (/password|uri|pgpass|PASSWORD|PWD/.test(key)) secrets.add(value);
  };

  const version = async (name: string) => (await copyOf(vault, name))?.version;
  /** What somebody does in Vault by hand: a new version of a copy. */
  async function overwrite(name: string, change: Record<string, string>): Promise<void> {
    const { data, version: cas } = (await copyOf(vault, name))!;
    const { status } = await vault.root("POST", `/v1/mirror/data/${keyOf(name)}`, { data: { ...data, ...change }, options: { cas } });
    assert.equal(status, 200);
  }

  before(async () => {
    vault = await openVault();
    await upWith(mirrored({}));
    await remember();
  });
  after(async () => {
    await restore();
    await removeCopies(vault);
    await vault.close();
  });

  describe("what is changed in Vault by hand", () => {
    it("reaches neither Secret nor Postgres; drift calls Vault suspect, and pushes the Secret again", async () => {
      const [former, acl] = [await applicationSecrets(), await superuser("select rolpassword from pg_authid where rolname = 'agents'")];
      secrets.add("changed-in-vault");
      await overwrite(AGENTS, { password: "changed-in-vault" });
      // Whatever might carry it back is asked to.
      await kubectl("-n", NAMESPACE, "annotate", "secret", AGENTS, "looked=now", "--overwrite");
      await sleep(5000);
      assert.deepEqual(await applicationSecrets(), former);
      assert.equal(await superuser("select rolpassword from pg_authid where rolname = 'agents'"), acl);
      await logsIn(former[AGENTS]!);
      await assert.rejects(logsIn({ ...former[AGENTS]!, password: "changed-in-vault" }), /password authentication failed/);
      const { findings } = await drift(1);
      assert.deepEqual(
        findings.map(({ service, check, suspect, truth }) => ({ service, check, suspect, truth })),
        [
          {
            service: "agents",
            check: "mirror",
            suspect: `Vault's copy mirror/${keyOf(AGENTS)} is not Secret ${AGENTS} in the key password`,
            truth: `Secret ${AGENTS}: no application reads the copy, and nothing takes it back`,
          },
        ],
      );
      await mend(findings);
      await inStep(vault, [AGENTS]);
    });

    const broken: [what: string, how: () => Promise<unknown>, suspect: RegExp][] = [
      [
        "deleted",
        () => vault.root("DELETE", `/v1/mirror/data/${keyOf(AGENTS)}`),
        /was deleted, and a version that is not there cannot be replaced$/,
      ],
      [
        "destroyed",
        async () => vault.root("POST", `/v1/mirror/destroy/${keyOf(AGENTS)}`, { versions: [await version(AGENTS)] }),
        /was destroyed, and a version that is not there cannot be replaced$/,
      ],
      ["removed", () => vault.root("DELETE", `/v1/mirror/metadata/${keyOf(AGENTS)}`), /^Vault has no copy /],
      [
        "replaced by somebody else's",
        async () => {
          await vault.root("DELETE", `/v1/mirror/metadata/${keyOf(AGENTS)}`);
          await vault.root("POST", `/v1/mirror/data/${keyOf(AGENTS)}`, { data: { password: "changed-in-vault" }, options: { cas: 0 } });
          await kubectl("-n", NAMESPACE, "annotate", "pushsecret", AGENTS, "looked=now", "--overwrite");
          await kubectl("-n", NAMESPACE, "wait", "pushsecret", AGENTS, "--for=condition=Ready=False", "--timeout=30s");
        },
        /was made by something else: External Secrets does not replace it$/,
      ],
    ];
    for (const [what, how, suspect] of broken)
      it(`is found and mended when it is ${what}`, async () => {
        await how();
        const { findings } = await drift(1);
        assert.deepEqual(kinds(findings), ["agents mirror"]);
        assert.match(findings[0]!.suspect, suspect);
        await mend(findings, vault.environment);
        await inStep(vault, [AGENTS]);
      });

    it("is not looked at with --no-vault", async () => {
      await overwrite(PLATFORM, { password: "changed-in-vault" });
      assert.deepEqual((await drift(0, ["--no-vault"])).notChecked, [{ what: "copies in Vault", reason: "--no-vault", asked: true }]);
      await mend((await drift(1)).findings);
    });

    it("finds a PushSecret that was edited or is gone", async () => {
      const patch = { spec: { deletionPolicy: "Delete" } };
      await kubectl("-n", NAMESPACE, "patch", "pushsecret", AGENTS, "--type=merge", "-p", JSON.stringify(patch));
      await kubectl("-n", NAMESPACE, "delete", "pushsecret", PLATFORM);
      assert.deepEqual(kinds((await drift(1)).findings), ["agents mirror", "platform mirror"]);
      // `npm run pulumi`, which the findings name, has the configuration of the repository, where the mirror is off.
      await upRefreshed(mirrored({}));
      await clean("after an up with refresh");
      await inStep(vault, [AGENTS, PLATFORM]);
    });
  });

  describe("what must not be", () => {
    it("finds an ExternalSecret that writes into a Secret of CloudNativePG's; no up goes past it; it goes, and the Secret stays", async () => {
      const core = (await target()).config.makeApiClient(CoreV1Api);
      const uid = async () => (await core.readNamespacedSecret({ namespace: NAMESPACE, name: PLATFORM })).metadata!.uid;
      const made = await uid();
      await apply({
        apiVersion: "external-secrets.io/v1",
        kind: "ExternalSecret",
        metadata: { name: "former", namespace: NAMESPACE },
        spec: {
          secretStoreRef: { name: "ameide-vault", kind: "ClusterSecretStore" },
          target: { name: PLATFORM, creationPolicy: "Owner", deletionPolicy: "Delete" },
          data: [{ secretKey: "password", remoteRef: { key: "inference/inference-api-credentials", property: "OPENAI_API_KEY" } }],
        },
      });
      await kubectl("-n", NAMESPACE, "wait", "externalsecret/former", "--for=condition=Ready", "--timeout=60s");
      const { code, text } = await npm("pulumi", ["preview"]);
      assert.notEqual(code, 0, text);
      assert.match(text, /ExternalSecret\/former: writes into the Secret platform-db-credentials, whose values come from CloudNativePG/);
      const { findings } = await drift(1);
      assert.equal(kinds(findings)[0], "platform externalSecret");
      await mend(findings);
      assert.equal(await uid(), made);
      await logsIn((await applicationSecrets())[PLATFORM]!);
    });

    it("looks for roles of Vault's on managed roles with a token, and says what that token may not", async () => {
      assert.equal((await npm("drift", ["--vault-roles"])).code, 2);
      const asRoot = { VAULT_TOKEN: vault.environment.VAULT_TOKEN };
      assert.deepEqual((await drift(0, ["--vault-roles"], asRoot)).notChecked, []);
      const { notChecked } = await drift(2, ["--vault-roles"], { VAULT_TOKEN: "not-a-token" });
      assert.equal(notChecked[0]?.what, "database roles in Vault");
      assert.match(notChecked[0]?.reason ?? "", /^Vault does not give sys\/mounts \(403/);
    });

    it("has printed no password, and put none into an object, an event or a log", async () => {
      await remember();
      const seen = [
        ...transcripts,
        await kubectl("get", "pushsecrets,externalsecrets,clustersecretstores,events,configmaps,jobs,pods", "-A", "-o", "json"),
        await kubectl("-n", "external-secrets", "logs", "deployment/external-secrets"),
        await kubectl("-n", VAULT, "logs", `${VAULT}-0`),
      ].join("\n");
      assert.ok(secrets.size > 30);
      for (const secret of secrets)
        for (const text of [secret, Buffer.from(secret).toString("base64").replace(/=+$/, "")]) assert.ok(!seen.includes(text));
    });
  });
});
