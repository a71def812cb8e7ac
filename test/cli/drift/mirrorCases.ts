import { base64, REWRITE, type Case } from "./case";
import { MARK, type World } from "./fixture";

export const PUSH = (name: string) =>
  `npm run kubectl -- annotate -n apps pushsecrets.external-secrets.io ${name} --overwrite cnpg-credentials/push-requested="$(date +%s)"`;

const [AGENTS, PLATFORM] = ["agents-db-secret", "platform-db-credentials"];
const AT = `-mount=mirror dev/apps/${AGENTS}`;
const COPY = `mirror/dev/apps/${AGENTS}`;
const PUSHED = `PushSecret ${AGENTS}`;

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
    finds: [["agents", "mirror", COPY, `not Secret ${AGENTS} in the key password;`, PUSH(AGENTS)]],
  },
  {
    title: "a copy with a key that is no text, and one more",
    breaks: (facts) => edit(facts, { port: 5432, more: MARK }),
    finds: [["agents", "mirror", COPY, `not Secret ${AGENTS} in the keys more, port;`, PUSH(AGENTS)]],
  },
  {
    title: "a copy that is gone",
    breaks: (facts) => copiesOf(facts).set(AGENTS, "missing"),
    finds: [["agents", "mirror", COPY, "no copy", PUSH(AGENTS)]],
  },
  {
    title: "several copies, in the order of their names",
    breaks: (facts) => copiesOf(facts).set(PLATFORM, "missing").set(AGENTS, "missing"),
    finds: [
      ["agents", "mirror", COPY, "no copy", PUSH(AGENTS)],
      ["platform", "mirror", `mirror/dev/apps/${PLATFORM}`, "no copy", PUSH(PLATFORM)],
    ],
  },
  {
    title: "a copy whose version was deleted, as the reason why nothing is pushed",
    breaks: (facts) => {
      copiesOf(facts).set(AGENTS, { deleted: 3, destroyed: false });
      failing(facts, "set secret failed: check-and-set parameter did not match the current version");
    },
    finds: [["agents", "mirror", COPY, "was deleted", `vault kv undelete -versions=3 ${AT} && ${PUSH(AGENTS)}`]],
  },
  {
    title: "a copy whose version was destroyed",
    breaks: (facts) => copiesOf(facts).set(AGENTS, { deleted: 3, destroyed: true }),
    finds: [["agents", "mirror", COPY, "was destroyed", `vault kv metadata delete ${AT} && ${PUSH(AGENTS)}`]],
  },
  {
    title: "a copy that External Secrets did not make",
    breaks: (facts) => failing(facts, "set secret failed: could not write remote ref: secret not managed by external-secrets"),
    finds: [
      [
        "agents",
        "mirror",
        COPY,
        "made by something else",
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
    finds: [["agents", "mirror", PUSHED, "cannot be pushed: set secret failed: Error making API request. Code: 403", PUSH(AGENTS)]],
  },
  {
    title: "a PushSecret that is gone",
    breaks: ({ pushSecrets }) => pushSecrets !== "unknown" && pushSecrets.delete(AGENTS),
    finds: [["agents", "mirror", PUSHED, "does not exist", REWRITE]],
  },
  {
    title: "a PushSecret that was edited",
    breaks: (facts) => (pushOf(facts).spec = { ...pushOf(facts).spec, deletionPolicy: "Delete" }),
    finds: [["agents", "mirror", PUSHED, "another spec", REWRITE]],
  },
  {
    title: "a PushSecret that has not followed a rotation",
    breaks: (facts) => (facts.secrets.get(AGENTS)!.writtenAt = new Date("2026-01-30T12:00:01Z")),
    finds: [["agents", "mirror", PUSHED, "pushed at 2026-01-30T12:00:00Z", PUSH(AGENTS)]],
  },
  {
    title: "a PushSecret that was never pushed",
    breaks: (facts) => {
      pushOf(facts).status = {};
      copiesOf(facts).set(AGENTS, "missing");
    },
    finds: [["agents", "mirror", PUSHED, "never been pushed", PUSH(AGENTS)]],
  },
  {
    title: "the Secret alone where that was edited: its copy follows it",
    breaks: (facts) => {
      facts.secrets.get(AGENTS)!.data.password = base64(`${MARK}-of-somebody`);
      copiesOf(facts).set(AGENTS, "missing");
    },
    finds: [["agents", "secret", `Secret ${AGENTS}`, "another value in the key password than", REWRITE]],
  },
  {
    title: "an ExternalSecret that writes into an application's Secret",
    breaks: (facts) => (facts.externalSecrets = [{ name: "old", target: AGENTS, stores: [] }]),
    finds: [
      [
        "agents",
        "externalSecret",
        "ExternalSecret old",
        `writes into Secret ${AGENTS}`,
        `delete -n apps externalsecrets.external-secrets.io old --cascade=orphan && ${REWRITE}`,
      ],
    ],
  },
  {
    title: "an ExternalSecret that reads copies back",
    breaks: (facts) => (facts.externalSecrets = [{ name: "mine", target: "stolen", stores: ["ameide-vault-mirror"] }]),
    finds: [
      [
        null,
        "externalSecret",
        "ExternalSecret mine reads copies",
        "store ameide-vault-mirror into Secret stolen",
        "delete -n apps secret stolen --ignore-not-found",
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
      ["agents", "vaultRole", "database/config/pg", "logs in as agents", "vault write database/config/pg username=… password=…"],
      ["platform", "vaultRole", "database/static-roles/app", "password of role platform_b", "vault delete database/static-roles/app"],
    ],
  },
];
