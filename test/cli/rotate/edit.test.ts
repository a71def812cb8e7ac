import * as assert from "node:assert/strict";
import { parse } from "yaml";
import { changeStrategy, choose, due, ending, pick, retire, rotate, type Asked, type Named } from "../../../cli/rotate/edit";
import type { ServiceOutput } from "../../../catalog/outputs";
import { parseStackFile } from "../../../config/file";
import { serviceOutput } from "../../support/outputs";

const NOW = new Date("2026-07-01T12:00:00.000Z");
const daysAgo = (days: number) => new Date(NOW.getTime() - days * 86_400_000).toISOString();

/** A service as the stack's outputs describe it. */
const output = (more: Partial<ServiceOutput> = {}): ServiceOutput =>
  serviceOutput({ login: "app_b", generation: "1.2.3", changedAt: daysAgo(0), ...more });

const SERVICES = {
  api: output({ role: "api", previous: "api_a" }),
  shop: output({ role: "shop", previous: "shop_b" }),
  mail: output({ role: "mail" }),
};
const FILE = `# What a reviewer wrote.
config:
  app:namespace: apps # and beside it
  cnpg-credentials:services:
    api: {}
    shop: { rotation: { strategy: inPlace } }
    mail: {}
  cnpg-credentials:rotation:
    strategy: "alternating"
    groups:
      payment: { services: [shop, off] }
      new: { services: [mail] }
    services:
      api: { active: b, a: 8, b: 9 } # since spring
      shop:
        # Until the old workers are gone.
        generation: 5
        a: retired
        b: 4
`;
const file = (text = FILE) => ({ stack: "test", text });
const named = (...names: (keyof typeof SERVICES)[]): Named => names.map((name) => [name, SERVICES[name]]);

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
    const written: [string, Named, string[]][] = [
      [
        "the other login's turn",
        named("api"),
        ["- api: { active: b, a: 8, b: 9 } # since spring", "+ api: { active: a, a: 10, b: 9 } # since spring"],
      ],
      ["the first turn of a service that it says nothing of", named("mail"), ["+ mail: { active: b, a: 0, b: 1 }"]],
      [
        "another generation in place, and the end of what took turns before",
        named("shop"),
        ["- generation: 5", "- b: 4", "+ generation: 6", "+ b: retired"],
      ],
      [
        "all that is selected at once",
        named("api", "mail"),
        [
          "- api: { active: b, a: 8, b: 9 } # since spring",
          "+ api: { active: a, a: 10, b: 9 } # since spring",
          "+ mail: { active: b, a: 0, b: 1 }",
        ],
      ],
      ["nothing where nothing is selected", [], []],
    ];
    for (const [what, services, expected] of written)
      it(`${what}, and nothing else`, () => assert.deepEqual(changes(FILE, rotate(file(), services)), expected));

    it("into a file that says nothing of rotation", () =>
      assert.equal(
        rotate(file("config:\n  app:x: 1\n"), named("api")),
        "config:\n  app:x: 1\n  cnpg-credentials:rotation:\n    services:\n      api: { generation: 1 }\n",
      ));

    it("nothing into a file that adds generations up", () => {
      for (const rotation of ["{ all: 1 }", "{ services: { api: 2 } }", "{ retired: { api: 0.0.1 } }"])
        assert.throws(() => rotate(file(`config:\n  cnpg-credentials:rotation: ${rotation}\n`), named("mail")), {
          name: "FixableError",
          message: /^rotation\.[^]*npm run rotate -- --write-explicit --stack test/,
        });
    });
  });

  describe("retire writes", () => {
    const written: [string, Named, string[]][] = [
      [
        "the end of the login before",
        named("api"),
        ["- api: { active: b, a: 8, b: 9 } # since spring", "+ api: { active: b, a: retired, b: 9 } # since spring"],
      ],
      ["the end of what took turns before", named("shop"), ["- b: 4", "+ b: retired"]],
      ["nothing where there is none", named("mail"), []],
    ];
    for (const [what, services, expected] of written)
      it(`${what}, and nothing else`, () => assert.deepEqual(changes(FILE, retire(file(), services)), expected));
  });

  describe("another strategy", () => {
    it("is that of the service, with the owner's login beside the one that takes its place", () =>
      assert.deepEqual(changes(FILE, changeStrategy(file(), named("shop"), "alternating")), [
        "- shop: { rotation: { strategy: inPlace } }",
        "- generation: 5",
        "- a: retired",
        "- b: 4",
        "+ shop: { rotation: { strategy: alternating } }",
        "+ a: 6",
        "+ active: a",
        "+ owner: 5",
      ]));

    it("is that of the service, with the login in use beside the owner's", () =>
      assert.deepEqual(changes(FILE, changeStrategy(file(), named("api", "mail"), "inPlace")), [
        "- api: {}",
        "- mail: {}",
        "- api: { active: b, a: 8, b: 9 } # since spring",
        "+ api: { rotation: { strategy: inPlace } }",
        "+ mail: { rotation: { strategy: inPlace } }",
        "+ api: { a: retired, b: 9, generation: 10 } # since spring",
        "+ mail: { generation: 1, a: 0, b: retired }",
      ]));

    it("leaves those as they are that have it already", () => {
      assert.equal(changeStrategy(file(), named("api", "mail"), "alternating"), FILE);
      assert.equal(changeStrategy(file(), named("shop"), "inPlace"), FILE);
    });
  });

  it("writes what the program reads", () => {
    const base =
      "  cnpg-credentials:context: lab\n  cnpg-credentials:namespace: apps\n  cnpg-credentials:cluster: { image: x, instances: 1, storage: { size: 1Gi } }\n";
    const text = FILE.replace("config:\n", `config:\n${base}`);
    const all = named("api", "shop", "mail");
    for (const changed of [
      text,
      rotate(file(text), all),
      retire(file(text), all),
      changeStrategy(file(text), all, "inPlace"),
      changeStrategy(file(text), all, "alternating"),
    ]) {
      const read = parseStackFile(changed, "test");
      assert.ok("stack" in read, JSON.stringify(read));
      assert.ok((parse(changed) as { config: object }).config);
    }
  });

  describe("ends", () => {
    const ends = (after: string, services: Named = named("api", "shop", "mail")) =>
      ending(file(), file(after), services).map(([name]) => name);
    it("the login before those that are rotated or retired, and nobody else's", () => {
      assert.deepEqual(ends(rotate(file(), named("api"))), ["api"]);
      assert.deepEqual(ends(retire(file(), named("api"))), ["api"]);
      assert.deepEqual(ends(FILE), []);
      assert.deepEqual(ends(rotate(file(), named("mail"))), []);
    });

    it("nothing where the turn is taken back", () =>
      assert.deepEqual(ends(FILE.replace("active: b, a: 8", "active: a, a: 8"), named("api")), []));

    it("the owner's login, once it is retired", () => {
      const of: Named = [["api", output({ role: "api", previous: "api" })]];
      const [before, after] = ["owner: 7", "owner: retired"].map((owner) => file(FILE.replace("a: 8, b: 9", `b: 9, ${owner}`)));
      assert.deepEqual(
        ending(before!, after!, of).map(([name]) => name),
        ["api"],
      );
      assert.deepEqual(ending(before!, before!, of), []);
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
    const chosen = (asked: Partial<Asked>, services: Readonly<Record<string, ServiceOutput>> = SERVICES) =>
      choose(services, file(), { names: [], groups: [], all: false, due: false, ...asked }, NOW)?.map(([name]) => name);
    const cases: [string, Partial<Asked>, string[]][] = [
      ["by name", { names: ["api"] }, ["api"]],
      ["by name, each once, in the order of the stack", { names: ["mail", "api", "mail"] }, ["api", "mail"]],
      ["by group, of whose services one is off", { groups: ["payment"] }, ["shop"]],
      ["by groups", { groups: ["new", "payment"] }, ["shop", "mail"]],
      ["whole", { all: true }, ["api", "shop", "mail"]],
      ["by age", { due: true }, ["mail"]],
      ["by age and name", { due: true, names: ["api", "mail"] }, ["api", "mail"]],
    ];
    for (const [what, asked, expected] of cases) it(what, () => assert.deepEqual(chosen(asked, old), expected));

    it("is none where no password is too old", () => assert.equal(chosen({ due: true }), undefined));

    it("is refused where nothing is asked for, or what the stack does not have", () => {
      assert.throws(() => chosen({}), { name: "FixableError", message: /nothing is selected\n.*the stack has .*--all or --due/ });
      assert.throws(() => chosen({ names: ["api", "toString", "gone"] }), {
        name: "FixableError",
        message: /no service toString, gone\n.*api, shop, mail/,
      });
      assert.throws(() => chosen({ groups: ["payment", "paymnt"] }), {
        name: "FixableError",
        message: /no group paymnt; did you mean `payment`\?\n.*rotation\.groups/,
      });
      assert.throws(() => pick(SERVICES, ["gone"]), { name: "FixableError" });
    });
  });
});
