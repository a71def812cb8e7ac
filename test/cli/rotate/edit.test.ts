import * as assert from "node:assert/strict";
import { parse } from "yaml";
import { bump, choose, due, pick, retire, type Asked, type Selection } from "../../../cli/rotate/edit";
import type { ServiceOutput } from "../../../catalog/outputs";
import { validateStack } from "../../../config/validate";
import { asEngineValues } from "../../support/stackFiles";
import { serviceOutput } from "../../support/outputs";

const NOW = new Date("2026-07-01T12:00:00.000Z");
const daysAgo = (days: number) => new Date(NOW.getTime() - days * 86_400_000).toISOString();

/** A service as the stack's outputs describe it. */
const output = (more: Partial<ServiceOutput> = {}): ServiceOutput =>
  serviceOutput({ login: "app_b", generation: "1.2.3", changedAt: daysAgo(0), ...more });

const SERVICES = { api: output({ previous: "api_a" }), shop: output({ previous: "shop_a" }), mail: output() };
const FILE = `# What a reviewer wrote.
config:
  app:namespace: apps # and beside it
  cnpg-credentials:rotation:
    strategy: "alternating"
    groups:
      payment: { services: [shop, off], generation: 4 }
      new: { services: [mail] }
    services: { api: 9 }
`;

/** The lines that are not as they were, and those in their place. */
function changes(before: string, after: string): string[] {
  const [old, now] = [before.split("\n"), after.split("\n")];
  return [
    ...old.filter((line) => !now.includes(line)).map((line) => `- ${line.trim()}`),
    ...now.filter((line) => !old.includes(line)).map((line) => `+ ${line.trim()}`),
  ];
}

describe("cli/rotate/edit", () => {
  describe("rotate writes", () => {
    const select = (selection: Partial<Selection>): Selection => ({ services: [], groups: [], all: false, ...selection });
    const written: [string, Selection, string[]][] = [
      ["a generation more of a service", select({ services: ["api"] }), ["- services: { api: 9 }", "+ services: { api: 10 }"]],
      ["the first generation of a service", select({ services: ["mail"] }), ["- services: { api: 9 }", "+ services: { api: 9, mail: 1 }"]],
      [
        "a generation more of a group",
        select({ groups: ["payment"] }),
        ["- payment: { services: [shop, off], generation: 4 }", "+ payment: { services: [shop, off], generation: 5 }"],
      ],
      [
        "the first generation of a group",
        select({ groups: ["new"] }),
        ["- new: { services: [mail] }", "+ new: { services: [mail], generation: 1 }"],
      ],
      ["the first generation of everything", select({ all: true }), ["+ all: 1"]],
      ["one more of what is named twice", select({ services: ["api", "api"] }), ["- services: { api: 9 }", "+ services: { api: 10 }"]],
      [
        "all that is selected at once",
        select({ services: ["api", "mail"], groups: ["payment", "payment"], all: true }),
        [
          "- payment: { services: [shop, off], generation: 4 }",
          "- services: { api: 9 }",
          "+ payment: { services: [shop, off], generation: 5 }",
          "+ services: { api: 10, mail: 1 }",
          "+ all: 1",
        ],
      ],
      ["nothing where nothing is selected", select({}), []],
    ];
    for (const [what, selection, expected] of written)
      it(`${what}, and nothing else`, () => assert.deepEqual(changes(FILE, bump(FILE, selection)), expected));

    it("another generation for every service that is meant, as the program counts them", () => {
      const generations = (text: string) => {
        const { config } = parse(text) as { config: Record<string, unknown> };
        const stack = { namespace: "apps", context: "lab", cluster: { name: "pg", instances: 1, storage: { size: "1Gi" } }, services: {} };
        const rotation = { proof: { image: "psql" }, ...(config["cnpg-credentials:rotation"] as object) };
        const checked = validateStack(asEngineValues({ ...stack, rotation }), "test");
        assert.ok("config" in checked, JSON.stringify(checked));
        const { all, groups, services } = checked.config.rotation;
        return { all, payment: groups.payment!.generation, new: groups.new!.generation, api: services.api, mail: services.mail };
      };
      assert.deepEqual(generations(FILE), { all: 0, payment: 4, new: 0, api: 9, mail: undefined });
      const bumped = bump(FILE, { services: ["mail"], groups: ["payment", "new"], all: true });
      assert.deepEqual(generations(bumped), { all: 1, payment: 5, new: 1, api: 9, mail: 1 });
    });

    it("into a file that says nothing of rotation", () =>
      assert.equal(
        bump("config:\n  app:x: 1\n", select({ services: ["api"] })),
        "config:\n  app:x: 1\n  cnpg-credentials:rotation:\n    services:\n      api: 1\n",
      ));

    it("nothing for a group that there is not", () => {
      assert.throws(() => bump(FILE, select({ groups: ["payment", "paymnt"] })), {
        name: "FixableError",
        message: /no group paymnt\n.*rotation\.groups/,
      });
      assert.throws(() => bump("config: {}\n", select({ groups: ["payment"] })), { name: "FixableError" });
    });
  });

  describe("retire writes", () => {
    it("the generation that a service has now, in place of an earlier one, and nothing else", () => {
      const once = retire(FILE, [["api", output({ generation: "0.1.2" })]]);
      assert.deepEqual(changes(FILE, once), ["+ retired:", "+ api: 0.1.2"]);
      const again = retire(once, [
        ["api", output({ generation: "0.1.3" })],
        ["shop", output({ generation: "0.4.0" })],
      ]);
      assert.deepEqual(changes(once, again), ["- api: 0.1.2", "+ api: 0.1.3", "+ shop: 0.4.0"]);
      const { config } = parse(again) as { config: Record<string, { retired: unknown }> };
      assert.deepEqual(config["cnpg-credentials:rotation"]?.retired, { api: "0.1.3", shop: "0.4.0" });
    });
  });

  describe("--due judges", () => {
    const ages: [string, Partial<ServiceOutput>, boolean][] = [
      ["a password without a limit", { changedAt: daysAgo(10_000) }, false],
      ["a password that is younger than it may become", { changedAt: daysAgo(29.99), maxAgeDays: 30 }, false],
      ["a password of exactly that age", { changedAt: daysAgo(30), maxAgeDays: 30 }, true],
      ["a password that is older", { changedAt: daysAgo(31), maxAgeDays: 30 }, true],
      ["a password of a clock that is ahead", { changedAt: daysAgo(-1), maxAgeDays: 1 }, false],
    ];
    for (const [what, of, expected] of ages)
      it(`${what}: ${expected ? "due" : "not due"}`, () => assert.deepEqual(due({ api: output(of) }, NOW), expected ? ["api"] : []));

    it("each service by its own limit", () => {
      const changedAt = daysAgo(40);
      const services = { a: output({ changedAt, maxAgeDays: 90 }), b: output({ changedAt, maxAgeDays: 30 }), c: output({ changedAt }) };
      assert.deepEqual(due(services, NOW), ["b"]);
    });
  });

  describe("a rotation is chosen", () => {
    const old = { ...SERVICES, mail: output({ changedAt: daysAgo(31), maxAgeDays: 30 }) };
    const chosen = (asked: Partial<Asked>, services: Readonly<Record<string, ServiceOutput>> = SERVICES) => {
      const made = choose(services, FILE, { names: [], groups: [], all: false, due: false, ...asked }, NOW);
      return made && [made.selection, made.ends.map(([name]) => name)];
    };
    const cases: [string, Partial<Asked>, unknown][] = [
      ["by name", { names: ["api"] }, [{ services: ["api"], groups: [], all: false }, ["api"]]],
      ["by name, each once", { names: ["mail", "api", "mail"] }, [{ services: ["mail", "api"], groups: [], all: false }, ["api", "mail"]]],
      ["by group, of whose services one is off", { groups: ["payment"] }, [{ services: [], groups: ["payment"], all: false }, ["shop"]]],
      ["by groups", { groups: ["new", "payment"] }, [{ services: [], groups: ["new", "payment"], all: false }, ["shop", "mail"]]],
      ["whole", { all: true }, [{ services: [], groups: [], all: true }, ["api", "shop", "mail"]]],
      ["by age", { due: true }, [{ services: ["mail"], groups: [], all: false }, ["mail"]]],
      ["by age and name", { due: true, names: ["api", "mail"] }, [{ services: ["api", "mail"], groups: [], all: false }, ["api", "mail"]]],
    ];
    for (const [what, asked, expected] of cases)
      it(`${what}: whose generation is raised, and whose previous login is over`, () => assert.deepEqual(chosen(asked, old), expected));

    it("is none where no password is too old", () => assert.equal(chosen({ due: true }), undefined));

    it("is refused where nothing is asked for, or what the stack does not have", () => {
      assert.throws(() => chosen({}), { name: "FixableError", message: /nothing is selected\n.*--all or --due/ });
      assert.throws(() => chosen({ names: ["api", "toString", "gone"] }), {
        name: "FixableError",
        message: /no service toString, gone\n.*api, shop, mail/,
      });
      assert.throws(() => pick(SERVICES, ["gone"]), { name: "FixableError" });
    });
  });
});
