import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import type { Registration } from "./support/program";
import { stackFile } from "./support/stackFiles";
import { finding, wholeProgram } from "./support/wholeProgram";

/**
 * What a state of version 0.1.0 may hold, by the stack and by what it chose: a line for each type,
 * after those of what it lies in, with the names. A section whose title has a comma says what it
 * has beyond `dev`.
 */
const KNOWN = fs.readFileSync(path.join(__dirname, "urns.txt"), "utf8");

const PLATFORM = {
  workloads: [
    { kind: "Deployment", name: "web" },
    { kind: "StatefulSet", name: "queue", namespace: "other" },
  ],
};
const TURNS = { rotation: { strategy: "alternating" } };
const OBJECTS = { roleApi: "databaseRole" };

/**
 * Given up on purpose: what a token of the program does not set up in Vault any more. Each was
 * registered with `retainOnDelete`, so that it stays there when its resource goes.
 */
const GIVEN_UP =
  /VaultConfiguration\$vault:(index\/(authBackend|mount|policy):|kubernetes\/authBackend(Config|Role):|kv\/secretBackendV2:)/;

/** How each section's stack differs from its file. */
function change(title: string): Record<string, unknown> {
  const { services, vault } = stackFile("dev") as Record<string, Record<string, unknown>>;
  const changes: Record<string, Record<string, unknown>> = {
    dev: {},
    staging: {},
    prod: {},
    "dev, logins that take turns": TURNS,
    "dev, roles as objects": OBJECTS,
    "dev, logins that take turns, roles as objects": { ...TURNS, ...OBJECTS },
    "dev, restarts": { rotation: { services: { platform: { generation: 1 } } }, services: { ...services, platform: PLATFORM } },
    "dev, with alerts": { alerts: "prometheusRule" },
    "dev, a service through a Pooler that it proves by its name": {
      services: { ...services, platform: { pooler: "pooler-rw", tls: { mode: "verify-full", ca: "/ca.crt" } } },
    },
    "dev, with copies in Vault": { vault: { ...vault, mirror: { mode: "push" } } },
    "dev, a password that is adopted": { services: { ...services, platform: { adopt: { secret: "platform-old" } } } },
  };
  const found = changes[title];
  assert.ok(found, title);
  return found;
}

/**
 * An object that is there is overwritten and not refused: a resource under another URN would take
 * over the object of the former one, which the engine then deletes, and a password would be
 * another.
 */
describe("the URNs of an existing state", () => {
  const { up, onPreflight } = wholeProgram();

  for (const [title, lines] of sections(KNOWN))
    it(`${title}: each is still there`, async () => {
      if (title.includes("adopted")) onPreflight(finding({}, { platform: "the old one" }));
      const stack = title.split(",")[0]!;
      const { resources } = await up(stack, { ...stackFile(stack), ...change(title) });
      const there = new Set(urns(resources));
      const known = lines.flatMap(([type, ...names]) => names.map((name) => `${type}::${name}`));
      assert.ok(known.length > 0);
      assert.deepEqual(
        known.filter((urn) => !there.has(urn) && !GIVEN_UP.test(urn)),
        [],
      );
    });
});

function sections(text: string): [title: string, lines: string[][]][] {
  return text
    .split(/^# /m)
    .slice(1)
    .map((section) => {
      const [title = "", ...lines] = section.trimEnd().split("\n");
      return [title, lines.map((line) => line.split(" "))];
    });
}

/** As the engine has them, less the stack's and the project's names. */
function urns(resources: readonly Registration[]): string[] {
  const byId = new Map(resources.map((resource) => [resource.id, resource]));
  const types = ({ id, parent }: Registration): string => {
    const type = id.split("::")[0]!;
    const around = parent === undefined ? undefined : byId.get(parent);
    return around === undefined ? type : `${types(around)}$${type}`;
  };
  return resources.map((resource) => `${types(resource)}::${resource.id.split("::")[1]}`);
}
