import { base64, REWRITE, type Case } from "./case";
import { MARK, type World } from "./fixture";

export const PUSH = (name: string) =>
  `npm run kubectl -- annotate -n apps pushsecrets.external-secrets.io ${name} --overwrite cnpg-credentials/push-requested="$(date +%s)"`;

const [AGENTS, PLATFORM] = ["agents-db-secret", "platform-db-credentials"];
const AT = `-mount=mirror dev/apps/${AGENTS}`;
const TRUTH = `Secret ${AGENTS}: no application reads the copy, and nothing takes it back`;
const KEPT = "Secret and Postgres do not depend on it; Vault keeps what was last pushed";

const pushOf = ({ pushSecrets }: World["facts"]) => {
  if (pushSecrets === "unknown") throw new Error("there are PushSecrets");
  return pushSecrets.get(AGENTS)!;
};
const copiesOf = ({ copies }: World["facts"]) => {
  if (copies === undefined || "reason" in copies) throw new Error("there are copies");
  return copies.found;
};
const failing = (facts: World["facts"], message: string) =>
  (pushOf(facts).status.conditions = [{ type: "Ready", status: "False", message }]);
const edit = (facts: World["facts"], change: Record<string, unknown>) => {
  const copy = copiesOf(facts).get(AGENTS);
  if (copy === undefined || copy === "missing" || !("data" in copy)) throw new Error("there is a copy");
  copiesOf(facts).set(AGENTS, { data: { ...copy.data, ...change } });
};

/** What can be wrong with copies in Vault. */
export const mirrorCases: Case[] = [
  {
    title: "a copy whose value somebody has changed in Vault",
    breaks: (facts) => edit(facts, { password: `${MARK}-of-somebody` }),
    finds: [
      ["agents", "mirror", `Vault's copy mirror/dev/apps/${AGENTS} is not Secret ${AGENTS} in the key password`, TRUTH, PUSH(AGENTS)],
    ],
  },
  {
    title: "a copy with a key that is no text, and one more",
    breaks: (facts) => edit(facts, { port: 5432, more: MARK }),
    finds: [
      ["agents", "mirror", `Vault's copy mirror/dev/apps/${AGENTS} is not Secret ${AGENTS} in the keys more, port`, TRUTH, PUSH(AGENTS)],
    ],
  },
  {
    title: "a copy that is gone",
    breaks: (facts) => copiesOf(facts).set(AGENTS, "missing"),
    finds: [["agents", "mirror", `Vault has no copy mirror/dev/apps/${AGENTS}`, TRUTH, PUSH(AGENTS)]],
  },
  {
    title: "several copies, in the order of their names",
    breaks: (facts) => copiesOf(facts).set(PLATFORM, "missing").set(AGENTS, "missing"),
    finds: [
      ["agents", "mirror", `Vault has no copy mirror/dev/apps/${AGENTS}`, TRUTH, PUSH(AGENTS)],
      [
        "platform",
        "mirror",
        `Vault has no copy mirror/dev/apps/${PLATFORM}`,
        `Secret ${PLATFORM}: no application reads the copy, and nothing takes it back`,
        PUSH(PLATFORM),
      ],
    ],
  },
  {
    title: "a copy whose version was deleted, as the reason why nothing is pushed",
    breaks: (facts) => {
      copiesOf(facts).set(AGENTS, { deleted: 3, destroyed: false });
      failing(facts, "set secret failed: check-and-set parameter did not match the current version");
    },
    finds: [
      [
        "agents",
        "mirror",
        `Vault's copy mirror/dev/apps/${AGENTS} was deleted, and a version that is not there cannot be replaced`,
        TRUTH,
        `vault kv undelete -versions=3 ${AT} && ${PUSH(AGENTS)}`,
      ],
    ],
  },
  {
    title: "a copy whose version was destroyed",
    breaks: (facts) => copiesOf(facts).set(AGENTS, { deleted: 3, destroyed: true }),
    finds: [
      [
        "agents",
        "mirror",
        `Vault's copy mirror/dev/apps/${AGENTS} was destroyed, and a version that is not there cannot be replaced`,
        TRUTH,
        `vault kv metadata delete ${AT} && ${PUSH(AGENTS)}`,
      ],
    ],
  },
  {
    title: "a copy that External Secrets did not make",
    breaks: (facts) => failing(facts, "set secret failed: could not write remote ref: secret not managed by external-secrets"),
    finds: [
      [
        "agents",
        "mirror",
        `Vault's copy mirror/dev/apps/${AGENTS} was made by something else: External Secrets does not replace it`,
        TRUTH,
        `vault kv metadata put -custom-metadata=managed-by=external-secrets ${AT} && ${PUSH(AGENTS)}`,
      ],
    ],
  },
  {
    title: "a PushSecret that cannot be pushed, before a copy that differs for that reason",
    breaks: (facts) => {
      failing(facts, "set secret failed: Error making API request.\n\nCode: 403");
      edit(facts, { password: MARK });
    },
    finds: [
      [
        "agents",
        "mirror",
        `PushSecret ${AGENTS} cannot be pushed: set secret failed: Error making API request. Code: 403`,
        KEPT,
        PUSH(AGENTS),
      ],
    ],
  },
  {
    title: "a PushSecret that is gone",
    breaks: ({ pushSecrets }) => pushSecrets !== "unknown" && pushSecrets.delete(AGENTS),
    finds: [["agents", "mirror", `PushSecret ${AGENTS} does not exist`, `the state has it; ${KEPT}`, REWRITE]],
  },
  {
    title: "a PushSecret that was edited",
    breaks: (facts) => (pushOf(facts).spec = { ...pushOf(facts).spec, deletionPolicy: "Delete" }),
    finds: [["agents", "mirror", `PushSecret ${AGENTS} has another spec than Pulumi wrote`, "the state has it", REWRITE]],
  },
  {
    title: "a PushSecret that has not followed a rotation",
    breaks: (facts) => (facts.secrets.get(AGENTS)!.writtenAt = new Date("2026-01-30T12:00:01Z")),
    finds: [
      [
        "agents",
        "mirror",
        `PushSecret ${AGENTS} was last pushed at 2026-01-30T12:00:00Z, before Secret ${AGENTS} was last written`,
        "the Secret is of 2026-01-30T12:00:01.000Z; External Secrets does not run, or has not come to it",
        PUSH(AGENTS),
      ],
    ],
  },
  {
    title: "a PushSecret that was never pushed",
    breaks: (facts) => {
      pushOf(facts).status = {};
      copiesOf(facts).set(AGENTS, "missing");
    },
    finds: [
      [
        "agents",
        "mirror",
        `PushSecret ${AGENTS} has never been pushed`,
        "External Secrets does not run, or has not come to it",
        PUSH(AGENTS),
      ],
    ],
  },
  {
    title: "the Secret alone where that was edited: its copy follows it",
    breaks: (facts) => {
      facts.secrets.get(AGENTS)!.data.password = base64(`${MARK}-of-somebody`);
      copiesOf(facts).set(AGENTS, "missing");
    },
    finds: [
      ["agents", "secret", `Secret ${AGENTS} has another value in the key password than Pulumi wrote`, "the state has the values", REWRITE],
    ],
  },
  {
    title: "an ExternalSecret that writes into an application's Secret",
    breaks: (facts) => (facts.externalSecrets = [{ name: "old", target: AGENTS }]),
    finds: [
      [
        "agents",
        "externalSecret",
        `ExternalSecret old writes into Secret ${AGENTS}`,
        "its values are CloudNativePG's, and nothing from a store may be written there",
        `npm run kubectl -- patch -n apps externalsecrets.external-secrets.io old --type=merge -p '{"spec":{"target":{"deletionPolicy":"Retain"}}}' && npm run kubectl -- delete -n apps externalsecrets.external-secrets.io old --cascade=orphan && ${REWRITE}`,
      ],
    ],
  },
  {
    title: "a static role of Vault's, and a connection, on roles that CloudNativePG manages",
    breaks: (facts) =>
      (facts.vaultLogins = [
        { path: "database/config/pg", kind: "connection", username: "agents", host: "pg-rw.apps.svc" },
        { path: "database/config/own", kind: "connection", username: "vault", host: "pg-rw.apps.svc" },
        { path: "database/static-roles/app", kind: "staticRole", username: "platform_b" },
      ]),
    finds: [
      [
        "agents",
        "vaultRole",
        "Vault's database/config/pg logs in as agents",
        "that login is an application's, and CloudNativePG the only one to change its password: `rotate-root` would",
        "vault write database/config/pg username=… password=…",
      ],
      [
        "platform",
        "vaultRole",
        "Vault's database/static-roles/app changes the password of role platform_b",
        "CloudNativePG is the only one to: it takes Vault's back when it next looks, and whoever has it from Vault is locked out",
        "vault delete database/static-roles/app",
      ],
    ],
  },
];
