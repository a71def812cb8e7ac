// npm run test:company [-- <arguments of npm test>]: the whole of `npm test` in a copy of this
// clone that another company has made its own: one service with a Secret from Vault, no bundle, one
// stack under a name of its own, inventory pages as the command writes them.
import { spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";
import { REPOSITORY } from "../../lab/paths";
import { copyProgram } from "../support/copy";
import { stackNames } from "../support/stackFiles";

const STACK = "shop-eu";
const FILES: Readonly<Record<string, string>> = {
  "catalog/services/index.ts": `import type { ServiceRecord } from "../record";

/** Every service there is. */
export const catalogue: readonly ServiceRecord[] = [
  { name: "orders", description: "Orders: what was bought", externalSecrets: [{ name: "payment-provider", keys: ["api-key"] }] },
];
`,
  "catalog/bundles/index.ts": `import type { BundleRecord } from "./record";

/** There is none. */
export const bundles: readonly BundleRecord[] = [];
`,
  "vault/fixtureMap.ts": `import type { FixtureMap } from "./fixture";

/** The one Secret from Vault. */
export const fixtureMap: FixtureMap = {
  shared: { "orders/payment-provider": { "api-key": { origin: "external" } } },
  environments: { dev: {}, staging: {}, prod: {} },
};
`,
  // The tests' own stacks, and this one.
  "policy/settings.json": `{ "dev-bootstrap": { "devStacks": ["dev", "${STACK}"] } }\n`,
  [`Pulumi.${STACK}.yaml`]: `config:
  cnpg-credentials:environment: dev
  cnpg-credentials:namespace: orders
  cnpg-credentials:context: eu
  cnpg-credentials:cluster:
    name: orders-pg
    instances: 1
    image: ghcr.io/cloudnative-pg/postgresql:17.12-standard-bookworm
    storage:
      size: 1Gi
  cnpg-credentials:services:
    orders: {}
  cnpg-credentials:vault:
    server:
      kind: deployed
      image: docker.io/hashicorp/vault:2.2.2
      replicas: 1
      storage: { size: 1Gi }
      seal: { type: shamir }
    configuration: { by: cronJob }
`,
};

async function main(args: readonly string[]): Promise<number> {
  const clone = await fs.mkdtemp(path.join(os.tmpdir(), "other-company-"));
  try {
    await copyProgram(clone);
    const removed = [...stackNames(clone).map((stack) => `Pulumi.${stack}.yaml`), "docs/inventory"];
    // Tests of this company's records go with them.
    const records = (await fs.readdir(path.join(clone, "catalog"))).filter((file) => file.endsWith(".test.ts"));
    for (const file of [...removed, ...records.map((one) => `catalog/${one}`)]) await fs.rm(path.join(clone, file), { recursive: true });
    for (const [file, content] of Object.entries(FILES)) await fs.writeFile(path.join(clone, file), content);
    const code = await npm(clone, ["run", "inventory", "--", "--stack", STACK, "--write"]);
    return code === 0 ? await npm(clone, ["test", "--", ...args]) : code;
  } finally {
    await fs.rm(clone, { recursive: true });
  }
}

async function npm(cwd: string, args: readonly string[]): Promise<number> {
  const child = spawn("npm", ["--silent", ...args], { cwd, stdio: "inherit", env: { ...process.env, INIT_CWD: cwd } });
  const [code] = (await once(child, "exit")) as [number | null];
  return code ?? 1;
}

console.log(`${REPOSITORY} with another company's catalogue and stack:`);
void main(process.argv.slice(2)).then((code) => process.exit(code));
