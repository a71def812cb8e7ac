import { catalogue } from "../../catalog/services";

/** A stack that belongs to one file of tests: its namespace, its Cluster and its state are nobody else's. */
export interface OwnStack {
  /** The services that are on. Each costs about a second of every `up`. */
  readonly services: readonly string[];
  /** A Vault of its own, with a store, as dev has one. */
  readonly vault?: true;
  readonly bundles?: readonly string[];
  readonly gates?: readonly string[];
  /** The file's tests bring it up for the first time themselves. */
  readonly down?: true;
}

/** What has to be there before a file of tests is run. */
export interface Plan {
  /** `nothing`: neither lab nor cluster. `lab`: the lab. `dev`: the lab with stack dev up. An object: the lab, and the file's own stack up. */
  readonly needs: "nothing" | "lab" | "dev" | OwnStack;
  /** Things there is one of, by name: two files that use the same are not run at once. */
  readonly uses?: readonly string[];
  /** The files, where several share a stack one after the other: each begins with all of it up. @default the one of the plan's name */
  readonly files?: readonly string[];
  /** It takes longer than a normal run may: for `npm run soak` alone. */
  readonly soak?: true;
}

/** One of each kind: a Secret with the keys of `pg`, one with Temporal's variables, and the owner of the bootstrap database. */
const SMALL: OwnStack = { services: ["platform", "temporal", "base"] };
const DEV: Plan = { needs: "dev", uses: ["dev"] };
const NOTHING: Plan = { needs: "nothing" };

/** Every file of tests, in no order that matters. */
export const PLANS: Readonly<Record<string, Plan>> = {
  api: NOTHING,
  alertRules: NOTHING,
  pages: NOTHING,
  policy: NOTHING,
  workflows: NOTHING,
  vaultBootstrap: NOTHING,
  vaultBootstrapKill: NOTHING,
  vaultBootstrapToken: NOTHING,
  vaultCeremony: NOTHING,
  vaultCeremonyKill: NOTHING,
  vaultConfiguration: NOTHING,
  vaultProvider: NOTHING,
  vaultRecovery: NOTHING,

  access: DEV,
  inventory: DEV,
  review: DEV,

  adoption: { needs: { services: ["platform"] } },
  attacks: { needs: { services: ["platform", "agents", "temporal"] } },
  alerts: { needs: SMALL },
  bundles: {
    needs: {
      // The four that the gate waits for, and one that fetches something from Vault itself.
      services: ["agents-runtime", "graph", "threads", "transformation", "inference"],
      vault: true,
      bundles: ["k8s-dashboard", "langfuse", "minio", "neo4j", "observability", "pgadmin"],
      gates: ["db-migrations"],
    },
  },
  // An hour, with CAMPAIGN_MINUTES less.
  campaign: { needs: { services: ["platform", "agents", "temporal"] }, soak: true },
  clusters: { needs: { services: ["platform"] } },
  drift: { needs: { services: ["platform", "temporal", "base", "agents", "graph", "threads"] } },
  // `killRotation` is the short case.
  kill: { needs: { ...SMALL, down: true }, soak: true },
  killRotation: { needs: SMALL },
  // A Cluster by manifests, taken over and given back, under logins.
  existing: { needs: { services: ["platform", "agents", "threads"], down: true }, soak: true },
  migration: { needs: "lab", uses: ["dev", "legacy"] },
  mirror: { needs: { services: ["platform", "agents", "backstage"], vault: true } },
  mirrorDrift: { needs: { services: ["platform", "agents", "backstage", "graph", "threads"], vault: true, bundles: ["neo4j"] } },
  examples: { needs: "lab" },
  network: { needs: { services: ["platform"], vault: true } },
  // `clusters` has a quota.
  needs: { needs: { services: ["platform", "agents"] }, soak: true },
  namespaces: { needs: { services: ["platform", "agents"] }, soak: true },
  newApplication: { needs: "lab" },
  // `small` has a lost state.
  movedState: { needs: SMALL, soak: true },
  node: { needs: "lab" },
  pooler: { needs: { services: ["platform", "agents", "graph"] } },
  proof: { needs: SMALL },
  restarts: { needs: { services: ["platform", "agents", "threads"] } },
  profiles: { needs: { services: ["platform", "agents"] }, soak: true },
  restore: { needs: { services: ["platform", "agents", "base"] }, soak: true },
  rights: {
    needs: {
      services: ["agents-runtime", "graph", "threads", "transformation", "inference"],
      vault: true,
      gates: ["db-migrations"],
      down: true,
    },
  },
  rotation: { needs: process.env.SOAK ? { services: catalogue.map(({ name }) => name) } : SMALL },
  settle: { needs: SMALL, soak: true },
  small: { needs: SMALL, files: ["leaks", "roleApi", "services", "lost"] },
  stacks: { needs: "dev", uses: ["staging", "prod"] },
  // Some forty `up`s, one after the other.
  target: { needs: { services: ["platform"] }, soak: true },
  // The namespace and the stack's file of `migration`, which uses that, too.
  takenClusters: { needs: "dev", uses: ["dev", "legacy"], soak: true },
  // It ends with another authority than the one that it begins with.
  tls: { needs: SMALL },
  turns: { needs: { services: ["platform", "temporal", "agents", "base"] } },
  // It begins with a stack that a former program makes.
  upgrade: { needs: { services: ["platform", "temporal", "base"], down: true }, soak: true },
  try: { needs: "lab" },
  vault: { needs: { services: ["platform"], vault: true } },
  whole: { needs: { services: catalogue.map(({ name }) => name) } },
  vaultStaging: { needs: "dev", uses: ["staging"] },
};

/** The files of a plan. */
export const filesOf = (name: string): readonly string[] => PLANS[name]?.files ?? [name];

/** Makes the lab and brings stack dev up, from nothing: before everything that needs them. */
export const FIRST = "up";
/** Ends the lab: after everything else. */
export const LAST = "down";
