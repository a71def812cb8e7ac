import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import type { Credential } from "../../cli/shared/credential";
import type { DriftReport, Finding } from "../../cli/drift/types";
import type { InspectReport } from "../../cli/inspect/report";
import { holds } from "./support/clock";
import { json, npm, ROOT } from "./support/commands";
import { clean, drift, runMending } from "./support/drift";
import { CLUSTER, credentials, kubectl, NAMESPACE, superuser, withTunnel } from "./support/lab";
import { refusal } from "./support/rotation";

const SPY = "spy-of-a-test-spy";

/** What somebody tries who has something already: an object of CloudNativePG's, a superuser for a moment, a service's login, an annotation. */
describe("attacks", () => {
  let all: Record<string, Credential>;
  before(async () => {
    await clean("before the attacks");
    all = await credentials();
  });

  const apply = (object: object) => kubectl("apply", "-f", write(object));
  const write = (object: object): string => {
    const file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), "attack-")), "object.json");
    fs.writeFileSync(file, JSON.stringify(object));
    return file;
  };
  const as = (user: string, password: string, database: string): Credential => ({ ...all.platform!, user, password, database });
  const about = ({ findings }: DriftReport, phrase: string): Finding => {
    const found = findings.find(({ suspect }) => suspect.includes(phrase));
    assert.ok(found, `nothing of ${phrase} in ${JSON.stringify(findings, undefined, 1)}`);
    return found;
  };
  /** As the service, with no settings of the program's: as an application has it. */
  const asService = (service: string, ...statements: string[]) =>
    withTunnel(async (connect) => {
      for (const statement of statements) await connect(all[service]!, statement);
    });

  describe("a DatabaseRole of somebody's that is a member of services' roles", () => {
    before(async () => {
      const data = { username: "spy", password: SPY };
      await apply({
        apiVersion: "v1",
        kind: "Secret",
        metadata: { name: "spy", namespace: NAMESPACE },
        type: "kubernetes.io/basic-auth",
        stringData: data,
      });
      const spec = {
        cluster: { name: CLUSTER },
        name: "spy",
        login: true,
        inRoles: ["platform", "agents"],
        passwordSecret: { name: "spy" },
      };
      await apply({ apiVersion: "postgresql.cnpg.io/v1", kind: "DatabaseRole", metadata: { name: "spy", namespace: NAMESPACE }, spec });
      await kubectl(
        "-n",
        NAMESPACE,
        "wait",
        "databaserole.postgresql.cnpg.io/spy",
        "--for=jsonpath={.status.applied}=true",
        "--timeout=120s",
      );
    });
    after(async () => {
      await kubectl("-n", NAMESPACE, "delete", "databaserole.postgresql.cnpg.io/spy", "secret/spy", "--ignore-not-found");
      await superuser("drop role if exists spy");
      await clean("after the spy");
    });

    it("is let into no service's database", () =>
      withTunnel(async (connect) => {
        for (const database of [all.platform!.database, all.agents!.database, "postgres"])
          assert.match((await refusal(connect(as("spy", SPY, database)))) ?? "let in", /pg_hba\.conf rejects|no pg_hba\.conf entry/);
      }));

    it("is a finding, with the command that takes that from it", async () => {
      const { mend } = about(await drift(1), "role spy (LOGIN, member of agents, platform)");
      assert.match(mend, /patch -n \S+ databaseroles\.postgresql\.cnpg\.io spy .*"inRoles":\[\]/);
    });
  });

  describe("a superuser for a moment", () => {
    after(async () => {
      await superuser("drop role if exists cnpg_helper");
      await superuser("revoke platform from streaming_replica; alter role streaming_replica password null");
      await clean("after the superuser");
    });

    it("gets no role with a name like the operator's in, and none of the operator's with more than its own; both are findings", async () => {
      await superuser(`create role cnpg_helper login superuser password '${SPY}' in role platform`);
      await superuser(`alter role streaming_replica password '${SPY}'; grant platform to streaming_replica`);
      await withTunnel(async (connect) => {
        for (const user of ["cnpg_helper", "streaming_replica"])
          assert.match((await refusal(connect(as(user, SPY, "platform")))) ?? "let in", /pg_hba\.conf|certificate/);
      });
      const report = await drift(1);
      about(report, "role cnpg_helper (LOGIN, SUPERUSER, member of platform)");
      about(report, "CloudNativePG's own role streaming_replica has membership of platform");
    });
  });

  describe("a role of before that owns a function which runs with its owner's rights", () => {
    after(async () => {
      await superuser("drop function if exists public.f(text)", "agents");
      await superuser("drop role if exists agents_legacy");
      await clean("after the legacy role");
    });

    it("leaves it to the database's owner, whatever drift is told to mend, and never to a superuser", async () => {
      await superuser("create role agents_legacy login in role agents");
      const f =
        "create function public.f(c text) returns text language plpgsql security definer as $$ begin execute c; return current_user; end $$";
      await superuser(`set role agents_legacy; ${f}`, "agents");
      const finding = about(await drift(1), "role agents_legacy");
      assert.doesNotMatch(finding.mend, /\bDROP\b|REASSIGN/);
      await runMending([finding]);
      await clean("with the legacy role disarmed");
      const { text, command } = (await drift(0)).notes.find((one) => one.text.startsWith("role agents_legacy"))!;
      assert.match(text, /look first \(`npm run inspect .* agents`\)/);
      assert.match(command!, /REASSIGN OWNED BY "agents_legacy" TO "agents"/);
      assert.doesNotMatch(command!, /TO "?postgres/);
      await runMending([{ ...finding, mend: command! }]);
      assert.equal(await superuser("select pg_get_userbyid(proowner) from pg_proc where proname = 'f'", "agents"), "agents");
      await withTunnel(async (connect) => {
        assert.match(
          (await refusal(connect(all.agents!, "select public.f('alter role agents superuser')"))) ?? "done",
          /must be superuser|permission denied/,
        );
      });
    });
  });

  describe("a service with objects of the system's names", () => {
    after(async () => {
      await superuser("alter role platform reset search_path; alter role platform reset all");
      await superuser("drop schema if exists evil cascade", "platform");
      await superuser("drop role if exists hidden_superuser");
      await clean("after the forger");
    });

    it("hides no superuser from drift, and says nothing in status's name", async () => {
      await superuser("create role hidden_superuser superuser");
      await asService(
        "platform",
        "create schema evil",
        "create view evil.pg_stat_ssl as select pid, E'TLSv1.3\\n\\e[31mINJECTED\\e[0m'::text as version, ssl from pg_catalog.pg_stat_ssl",
        "create view evil.pg_roles as select * from pg_catalog.pg_roles where rolname <> 'hidden_superuser'",
        "alter role platform set search_path = evil, pg_catalog",
      );
      const report = await drift(1);
      about(report, "role hidden_superuser (SUPERUSER)");
      about(report, "sessions of role platform begin with search_path");
      const { text } = await npm("status");
      assert.doesNotMatch(text, /INJECTED|\u001b/);
    });
  });

  it("a role whose name is a command, a line or a terminal's sequence: stays one word on its line", async () => {
    const names = ["'; touch ./pwned #", "a\n   fix:     touch ./pwned", "b\u001b[8m", "host=evil.example user=postgres"];
    try {
      for (const name of names) await superuser(`create role "${name.replaceAll('"', '""')}" login`);
      const { text } = await npm("drift");
      assert.doesNotMatch(text, /\u001b|^ {3}fix: {5}touch/m);
      const { findings } = await drift(1);
      await runMending(findings);
      // How they are dropped is a note, once they can do nothing.
      await clean("with the names disarmed");
      const { notes } = await drift(0);
      const drops = notes.flatMap(({ command }) => (command?.includes("DROP ROLE") ? [{ ...findings[0]!, mend: command }] : []));
      assert.equal(drops.length, names.length);
      await runMending(drops);
      assert.equal(fs.existsSync(path.join(ROOT, "pwned")), false);
    } finally {
      for (const name of names) await superuser(`drop role if exists "${name.replaceAll('"', '""')}"`);
    }
    await clean("after the names");
  });

  it("annotations: the migration's plan has no command of them", async () => {
    const marked = ["secret", "platform-db-credentials"];
    try {
      const paths = "secret/x; touch ./pwned #,secret/keycloak/keycloak-bootstrap-admin";
      await kubectl("-n", NAMESPACE, "annotate", ...marked, "--overwrite", `cnpg-credentials/former-vault-paths=${paths}`);
      await kubectl(
        "-n",
        NAMESPACE,
        "annotate",
        "database.postgresql.cnpg.io",
        "platform",
        "--overwrite",
        "argocd.argoproj.io/tracking-id=a; touch ./pwned2 #:x",
      );
      const { text } = await npm("migrate", ["plan"]);
      assert.doesNotMatch(text, /^\s*vault kv metadata delete|^\s*argocd app set a;/m);
    } finally {
      await kubectl("-n", NAMESPACE, "annotate", ...marked, "cnpg-credentials/former-vault-paths-");
      await kubectl("-n", NAMESPACE, "annotate", "database.postgresql.cnpg.io", "platform", "argocd.argoproj.io/tracking-id-");
    }
  });

  it("a key that somebody adds to an application's Secret is a finding, with the command that removes it", async () => {
    const data = { LD_PRELOAD: Buffer.from("/tmp/x.so").toString("base64") };
    await kubectl("-n", NAMESPACE, "patch", "secret", "temporal-db-env", "--type=merge", "-p", JSON.stringify({ data }));
    const finding = about(await drift(1), "Secret temporal-db-env has a key that Pulumi did not write: LD_PRELOAD");
    const refused = await npm("pulumi", ["preview"]);
    assert.notEqual(refused.code, 0, refused.text);
    assert.match(refused.text, /Secret\/temporal-db-env: has a key that this program did not write: `LD_PRELOAD`/);
    await runMending([finding]);
    const again = await npm("pulumi", ["preview"]);
    assert.equal(again.code, 0, again.text);
    await clean("after the key");
  });

  it("an owner and a finalizer that somebody gives an application's Secret: refused, each with what takes it away", async () => {
    const name = ["-n", NAMESPACE, "patch", "secret", "platform-db-credentials"];
    const merge = (metadata: object) => kubectl(...name, "--type=merge", "-p", JSON.stringify({ metadata }));
    const uid = await kubectl("-n", NAMESPACE, "get", "secret", "agents-db-secret", "-o", "jsonpath={.metadata.uid}");
    try {
      // Kubernetes removes what belongs to an object that there is not; this one there is.
      await merge({
        ownerReferences: [{ apiVersion: "v1", kind: "Secret", name: "agents-db-secret", uid }],
        finalizers: ["example.com/stay"],
      });
      const { code, text } = await npm("pulumi", ["preview"]);
      assert.notEqual(code, 0, text);
      assert.match(text, /Secret\/platform-db-credentials: belongs to Secret\/agents-db-secret: .*"\/metadata\/ownerReferences"/);
      assert.match(text, /Secret\/platform-db-credentials: has the finalizer example\.com\/stay: .*"\/metadata\/finalizers"/);
    } finally {
      await merge({ ownerReferences: null, finalizers: null });
    }
    const { code, text } = await npm("pulumi", ["preview"]);
    assert.equal(code, 0, text);
  });

  it("everybody's right to connect to a service's database is gone, and a finding when it is back", async () => {
    const rights =
      "select count(*) from pg_database, aclexplode(coalesce(datacl, acldefault('d', datdba))) a where datname = 'agents' and a.grantee = 0";
    assert.equal(await superuser(rights), "0");
    await asService("agents", "grant connect on database agents to public");
    const finding = about(await drift(1), "everybody has CONNECT on the database agents");
    await runMending([finding]);
    assert.equal(await superuser(rights), "0");
  });

  it("what somebody writes into the Cluster, and a Publication of a service's tables, are findings", async () => {
    const spec = { serviceAccountTemplate: { metadata: { annotations: { "example.com/role": "theirs" } } } };
    const publication = ["-n", NAMESPACE, "publication.postgresql.cnpg.io/theirs"];
    await kubectl("-n", NAMESPACE, "patch", "cluster.postgresql.cnpg.io", CLUSTER, "--type=merge", "-p", JSON.stringify({ spec }));
    await apply({
      apiVersion: "postgresql.cnpg.io/v1",
      kind: "Publication",
      metadata: { name: "theirs", namespace: NAMESPACE },
      spec: {
        cluster: { name: CLUSTER },
        dbname: "platform",
        name: "theirs",
        target: { allTables: true },
        publicationReclaimPolicy: "delete",
      },
    });
    try {
      const report = await drift(1);
      about(report, "Publication theirs, which this stack has not made, gives the rows of the database platform");
      await runMending([about(report, `Cluster ${CLUSTER} has serviceAccountTemplate, which Pulumi has not written`)]);
    } finally {
      await kubectl("delete", "--ignore-not-found", ...publication);
    }
    await clean("after the Cluster's edit");
  });

  it("what a login has left in a database is listed, newest first", async () => {
    await asService(
      "agents",
      "create schema left_behind",
      "create table left_behind.t (id int)",
      "create function left_behind.take() returns trigger language plpgsql security definer as $$ begin return new; end $$",
      "create function left_behind.always(id int) returns boolean language sql immutable as 'select true'",
      "alter table left_behind.t add constraint tells check (left_behind.always(id))",
      "create index tells_too on left_behind.t (left_behind.always(id))",
      "grant usage on schema left_behind to public",
      "alter table left_behind.t add constraint leads_names check (set_config('search_path', 'evil', false) is not null)",
      "create domain left_behind.leads_names_too as text default set_config('search_path', 'evil', false)",
      "create trigger steal before insert on left_behind.t for each row execute function left_behind.take()",
    );
    try {
      const { code, text } = await npm("inspect", ["agents", "-o", "json"]);
      assert.equal(code, 1, text);
      const [{ objects }] = json<InspectReport>(text).services as [InspectReport["services"][number]];
      const kinds = objects.map(({ kind, name }) => `${kind} ${name}`);
      for (const left of [
        "trigger steal on left_behind.t",
        "function left_behind.take()",
        "constraint left_behind.tells",
        "index left_behind.tells_too",
        "right the schema left_behind",
        "constraint left_behind.leads_names",
        "default left_behind.leads_names_too",
      ])
        assert.ok(kinds.includes(left), `${left} in\n${kinds.join("\n")}`);
    } finally {
      await superuser("drop schema left_behind cascade", "agents");
    }
  });

  it("a service that opens all the connections it may have leaves the others theirs", async () => {
    const limit = Number(await superuser("select rolconnlimit from pg_roles where rolname = 'agents'"));
    const max = Number(await superuser("show max_connections"));
    assert.ok(limit > 0 && limit <= max / 2, `${limit} of ${max}`);
    await withTunnel(async (connect) => {
      const flood = Promise.all(Array.from({ length: limit + 5 }, () => refusal(connect(all.agents!, "select pg_sleep(20)"))));
      await holds(async () => {
        const open = Number(await superuser("select count(*) from pg_stat_activity where usename = 'agents'"));
        assert.ok(open >= limit - 1, String(open));
      });
      for (const service of ["platform", "temporal"]) assert.match(await connect(all[service]!), new RegExp(`@${all[service]!.database}$`));
      const refused = (await flood).filter((message) => message !== undefined);
      assert.ok(
        refused.length >= 5 && refused.every((message) => /too many connections for role "agents"/.test(message)),
        refused.join("\n"),
      );
    });
  });

  it("leaves nothing", async () => {
    await holds(async () => clean("in the end"), { seconds: 60, everyMs: 5000 });
  });
});
