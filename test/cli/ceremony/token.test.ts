import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { readToken, tokenInSight } from "../../../cli/ceremony/token";

const TOKEN = "hvs.CAESIJ0pD1cKcV4rV7mWJc3S";

describe("cli/ceremony/token", () => {
  const input = (text: string, isTTY = false) =>
    Object.assign(Readable.from([Buffer.from(text)]), { isTTY }) as unknown as NodeJS.ReadStream;

  it("takes the token on standard input, with the line's end that a pipe may add", async () => {
    for (const text of [TOKEN, `${TOKEN}\n`, ` ${TOKEN}\r\n`]) assert.equal(await readToken(input(text)), TOKEN);
    assert.equal(await readToken(input("s.J2mV0kX8aQ1w")), "s.J2mV0kX8aQ1w");
  });

  it("takes nothing where there is nothing, and asks nobody whose typing would be seen", async () => {
    for (const text of ["", "\n"]) assert.equal(await readToken(input(text)), undefined);
    assert.equal(await readToken(input(TOKEN, true)), undefined);
  });

  for (const [what, text] of Object.entries({
    "several lines": `${TOKEN}\n${TOKEN}`,
    "a sentence": `The token is ${TOKEN}`,
    "more than any token": "x".repeat(5000),
    "an encrypted message": `-----BEGIN PGP MESSAGE-----\n\n${TOKEN}`,
  }))
    it(`refuses ${what}, without repeating it`, async () => {
      const message = what === "an encrypted message" ? /is still encrypted/ : /is not a Vault token/;
      await assert.rejects(
        readToken(input(text)),
        (error: Error) => error.name === "FixableError" && message.test(error.message) && !error.message.includes(TOKEN),
      );
    });

  const seen: [argv: string[], env: NodeJS.ProcessEnv, message: RegExp | undefined][] = [
    [[TOKEN], {}, /as an argument/],
    [["--stack", "prod", `--root-token=${TOKEN}`], {}, /as an argument/],
    [["--audit", `x ${TOKEN}`], {}, /as an argument/],
    [["s.J2mV0kX8aQ1wJ2mV0kX8aQ1w"], {}, /as an argument/],
    [["hvb.AAAAAQJ2mV0kX8aQ1wJ2mV0kX8aQ1w"], {}, /as an argument/],
    [["--stack", "prod"], { VAULT_TOKEN: TOKEN }, /VAULT_TOKEN is set/],
    [["--stack", "prod"], { VAULT_TOKEN: "" }, undefined],
    [["--stack", "prod", "--address", "https://vaults.example.org.internal-network-of-ours:8200"], {}, undefined],
    [["--pgp-key", "keys.of-the-people/alices.public-key-of-2026-and-later.asc"], {}, undefined],
  ];
  for (const [argv, env, message] of seen)
    it(`${message ? "sees" : "sees nothing in"} ${argv.join(" ").replace(TOKEN, "…")}${env.VAULT_TOKEN ? " with VAULT_TOKEN" : ""}`, () => {
      const said = tokenInSight(argv, env);
      if (message === undefined) return assert.equal(said, undefined);
      assert.match(said!, message);
      for (const argument of argv.filter((one) => one.length > 20)) assert.ok(!said!.includes(argument));
      assert.ok(!said!.includes(TOKEN));
    });
});
