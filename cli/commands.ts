import type { Command } from "commander";
import type { Takes, TargetOption } from "./shared/arguments";

/** A command, and what makes it: loaded when it is run, and not with another. */
export interface Entry extends Takes {
  readonly summary: string;
  readonly load: () => Promise<Command>;
}

const TARGET: readonly TargetOption[] = ["stack", "context", "kubeconfig", "lab"];

/** Every command there is, in the order in which help lists them. */
export const COMMANDS: Readonly<Record<string, Entry>> = {
  try: {
    summary: "two services, a client that logs in every second, and a rotation beside it",
    options: ["context", "kubeconfig", "lab"],
    load: async () => (await import("./try/command")).tryCommand(open),
  },
  up: {
    summary: "bring the cluster and the stack up, and log in with every service's Secret",
    options: TARGET,
    load: async () => (await import("./up/command")).up(),
  },
  init: {
    summary: "a company's own project: a catalogue, three stacks, a workflow",
    options: [],
    load: async () => (await import("./init/command")).initCommand(),
  },
  doctor: {
    summary: "what a stack needs, what of it is there, and what installs the rest",
    options: TARGET,
    load: async () => (await import("./doctor/command")).doctorCommand(),
  },
  status: {
    summary: "state of every service: applied by CloudNativePG? does a login work?",
    options: TARGET,
    load: async () => (await import("./status/command")).status(),
  },
  rotate: {
    summary: "give services new passwords",
    options: TARGET,
    load: async () => (await import("./rotate/command")).rotateCommand(),
  },
  retire: {
    summary: "end the previous credential of services",
    options: TARGET,
    load: async () => (await import("./rotate/command")).retireCommand(),
  },
  drift: {
    summary: "what is not as it should be, and the command that fixes it",
    options: TARGET,
    load: async () => (await import("./drift/command")).driftCommand(),
  },
  inspect: {
    summary: "what runs by itself, or with another's rights, in a service's database",
    options: TARGET,
    load: async () => (await import("./inspect/command")).inspectCommand(),
  },
  smoke: {
    summary: "wait until every Secret is there with all its keys",
    options: TARGET,
    load: async () => (await import("./smoke/command")).smokeCommand(),
  },
  inventory: {
    summary: "where every Secret comes from",
    options: TARGET,
    load: async () => (await import("./inventory/command")).inventoryCommand(),
  },
  prepare: {
    summary: "what a cluster needs before a stack's first `up`, as manifests",
    options: ["stack"],
    load: async () => (await import("./prepare/command")).prepareCommand(),
  },
  rbac: {
    summary: "the rights that an account needs for a stack, as manifests",
    options: ["stack"],
    load: async () => (await import("./rbac/command")).rbacCommand(),
  },
  review: {
    summary: "what a preview would change, in words",
    options: TARGET,
    load: async () => (await import("./review/command")).reviewCommand(),
  },
  migrate: {
    summary: "how credentials get from Vault to CloudNativePG",
    options: TARGET,
    load: async () => (await import("./migrate/command")).migrateCommand(),
  },
  audit: {
    summary: "what repositories of manifests and charts have that they should not",
    options: [],
    load: async () => (await import("./audit/command")).auditCommand(),
  },
  psql: {
    summary: "psql as a service, with its Secret, from a pod",
    options: TARGET,
    handsOnTo: "psql",
    load: async () => (await import("./psql/command")).psql(),
  },
  pulumi: {
    summary: "pulumi on the stack",
    options: TARGET,
    handsOnTo: "pulumi",
    load: async () => (await import("./pulumi/command")).pulumiCommand(),
  },
  kubectl: {
    summary: "kubectl in the stack's cluster",
    options: TARGET,
    handsOnTo: "kubectl",
    load: async () => (await import("./kubectl/command")).kubectlCommand(),
  },
  recover: {
    summary: "clear what a killed run left in a stack's state",
    options: ["stack"],
    load: async () => (await import("./recover/command")).recoverCommand(),
  },
  "vault:init": {
    summary: "the one-time initialisation of a stack's Vault",
    options: ["stack"],
    load: async () => (await import("./ceremony/command")).ceremonyCommand(),
  },
  down: {
    summary: "end the lab, databases included; a cluster of your own is left alone",
    options: [],
    load: async () => (await import("./down/command")).down(),
  },
  completion: {
    summary: "completion for bash, zsh or fish",
    options: [],
    load: async () => (await import("./completion/command")).completion(all),
  },
};

const open = (name: string): Promise<Command> => COMMANDS[name]!.load();

function all(): Promise<Command[]> {
  return Promise.all(Object.values(COMMANDS).map(async ({ summary, load }) => (await load()).summary(summary)));
}
