// The files of a company's own project: a catalogue of one service, three stacks, and a workflow.
// Pure.
import * as path from "node:path";
import { stringify } from "yaml";
import { asConfig, PROJECT } from "../../config/settings";

/** The choices that a project is made from. */
export interface Company {
  /** Lower-case letters, digits and `-`: part of the names of namespaces. */
  readonly name: string;
  /** The first service. */
  readonly service: string;
  /** As `package.json` takes this program: a version, a path, an address of git. */
  readonly package: string;
}

const PACKAGE = `node_modules/${PROJECT}`;
const IMAGE = "ghcr.io/cloudnative-pg/postgresql:17.12-standard-bookworm";
const STACKS = ["dev", "staging", "prod"] as const;
type StackName = (typeof STACKS)[number];

const schemaLine = (schema: string, depth = 0) =>
  `# yaml-language-server: $schema=${"../".repeat(depth)}${PACKAGE}/docs/${schema}.schema.json\n`;

/** Logins and ends of sessions are in Postgres's log. */
const LOGGED = { log_connections: "on", log_disconnections: "on" } as const;

/**
 * Clusters, by stack. Without a limit of temporary files, one query fills the volume of all
 * services.
 */
const CLUSTERS: Readonly<Record<StackName, object>> = {
  dev: {
    instances: 1,
    image: IMAGE,
    storage: { size: "2Gi" },
    resources: { requests: { cpu: "100m", memory: "256Mi" }, limits: { memory: "512Mi" } },
    protection: "none",
  },
  staging: {
    instances: 3,
    image: IMAGE,
    storage: { size: "20Gi" },
    walStorage: { size: "5Gi" },
    parameters: { ...LOGGED, temp_file_limit: "2GB" },
    resources: { requests: { cpu: "500m", memory: "2Gi" }, limits: { memory: "2Gi" } },
    placement: { antiAffinity: "preferred", zones: "spread" },
  },
  prod: {
    instances: 3,
    image: IMAGE,
    storage: { size: "100Gi" },
    walStorage: { size: "20Gi" },
    parameters: { ...LOGGED, "pgaudit.log": "ddl, role", temp_file_limit: "10GB" },
    resources: { requests: { cpu: "2", memory: "8Gi" }, limits: { memory: "8Gi" } },
    placement: { antiAffinity: "required", zones: "spread" },
  },
};

function stackText(stack: StackName, { name, service }: Company): string {
  const settings = {
    namespace: `${name}-${stack}`,
    context: `${name}-${stack}`,
    catalog: "catalog",
    cluster: { name: "postgres", ...CLUSTERS[stack] },
    rotation: { strategy: "alternating", maxAgeDays: 90, previousMaxDays: 7 },
    services: { [service]: {} },
    labels: { environment: stack },
  };
  return schemaLine("stack") + stringify({ config: asConfig(settings) }, { lineWidth: 0 });
}

/**
 * All of them, by their paths. The pages of the inventory are not among these: they follow from
 * these.
 */
export function projectFiles(company: Company): ReadonlyMap<string, string> {
  const { name, service } = company;
  const checks = STACKS.map((stack) => `${PROJECT} inventory --stack ${stack} --check`);
  const manifest = {
    name: `${name}-postgres`,
    private: true,
    scripts: {
      test: [...checks, `${PROJECT} audit .`].join(" && "),
      doctor: `${PROJECT} doctor`,
      up: `${PROJECT} up`,
      status: `${PROJECT} status`,
    },
    dependencies: { [PROJECT]: company.package },
  };
  const project = {
    name: PROJECT,
    description: `Postgres credentials of ${name}`,
    main: PACKAGE,
    requiredPulumiVersion: ">=3.226.0",
    runtime: { name: "nodejs", options: { typescript: false, nodeargs: "--require ./cli/typescript.cjs" } },
  };
  return new Map([
    ["package.json", `${JSON.stringify(manifest, undefined, 2)}\n`],
    ["Pulumi.yaml", stringify(project, { lineWidth: 0 })],
    ...STACKS.map((stack) => [`Pulumi.${stack}.yaml`, stackText(stack, company)] as const),
    [`catalog/services/${service}.yaml`, `${schemaLine("service", 2)}description: The service ${service}\n`],
    [".gitignore", "node_modules/\n"],
    [".github/workflows/credentials.yml", workflow()],
    ["README.md", readme(company)],
  ]);
}

/** Pinned by what they are, as tags move. */
const CHECKOUT = "actions/checkout@08c6903cd8c0fde910a37f88322edcfb5dd907a8 # v5.0.0";
const SETUP_NODE = "actions/setup-node@a0853c24544627f65ddf259abe73b1d18a591444 # v5.0.0";

function workflow(): string {
  return [
    `# Every pull request: the stacks' files and the catalogue are valid, the inventory is up to date, and`,
    `# no manifest has a credential in it. Nothing here needs a cluster or a secret.`,
    `name: credentials`,
    `on:`,
    `  pull_request:`,
    `  push:`,
    `    branches: [main]`,
    `permissions: {}`,
    `jobs:`,
    `  test:`,
    `    runs-on: ubuntu-24.04`,
    `    timeout-minutes: 10`,
    `    permissions:`,
    `      contents: read`,
    `    steps:`,
    `      - uses: ${CHECKOUT}`,
    `        with: { persist-credentials: false }`,
    `      - uses: ${SETUP_NODE}`,
    `        with: { node-version: 22.23.3 }`,
    `      - run: npm ci`,
    `      - run: npm test`,
    ``,
  ].join("\n");
}

function readme({ name, service }: Company): string {
  return [
    `# Postgres credentials of ${name}`,
    ``,
    `\`catalog/services\` has a file for each service. \`Pulumi.<stack>.yaml\` says which of them are on.`,
    ``,
    `\`\`\`sh`,
    `npm install`,
    `npm test                                        # the files are valid; needs no cluster`,
    `npx ${PROJECT} doctor --context CONTEXT   # what the cluster lacks, and the line that installs it`,
    `npx ${PROJECT} prepare --print | kubectl --context CONTEXT apply --server-side -f -`,
    `npx ${PROJECT} up --context CONTEXT       # stack dev, and a login with every service's Secret`,
    `npx ${PROJECT} rotate ${service} --context CONTEXT`,
    `\`\`\``,
    ``,
    `- The applications read the Secret \`${service}-db-auth\` of the namespace \`${name}-dev\`.`,
    `- Set \`context\` in each stack's file to a context of your kubeconfig. Then \`--context\` can be left out.`,
    `- After a change of a file: \`npx ${PROJECT} inventory --stack dev --write\`, and commit what it writes.`,
    `- A new service: a file in \`catalog/services\`, and its name under \`services\` of a stack's file.`,
    `- Staging and prod need a Pulumi backend with a secrets provider of their own: \`${path.posix.join(PACKAGE, "docs/state.md")}\`.`,
    `- An upgrade: install the new version of \`${PROJECT}\`, then \`npm test\`. Its messages name what is not valid any more.`,
    ``,
  ].join("\n");
}
