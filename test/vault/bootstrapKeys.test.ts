import * as assert from "node:assert/strict";
import type { BootstrapConfiguration } from "../../vault/bootstrap/configuration";
import { parseCredentials } from "../../vault/bootstrap/credentials";
import { obtainKeys } from "../../vault/bootstrap/keys";
import { ensureUnsealed, requireToken } from "../../vault/bootstrap/unsealed";
import { BootstrapWorld } from "../support/bootstrapWorld";

const CONFIGURATION: BootstrapConfiguration = {
  environment: "dev",
  address: "https://vault.test:8200",
  secret: "vault-keys",
  storage: { claim: "data-vault-0", pod: "vault-0" },
  mounts: {},
  fixtureMount: "secret",
  audit: {},
  kubernetes: { mount: "kubernetes", host: "https://api.test", roles: {} },
  policies: {},
};
const KEYS = { unsealKey: "right-key", rootToken: "token" };
const NEW = { unsealKey: "new-key", rootToken: "new-token" };
const EMPTY = { initialized: false, sealed: true, type: "shamir" };
const SEALED = { ...EMPTY, initialized: true };
const OPEN = { ...SEALED, sealed: false };

function world(change: Partial<BootstrapWorld> = {}, configuration: Partial<BootstrapConfiguration> = {}): BootstrapWorld {
  return Object.assign(new BootstrapWorld({ ...CONFIGURATION, ...configuration }), change);
}
const attempt = (more: object = {}) => ({ attempt: { id: "other", until: 999_999, storage: "claim-1", ...more } });

describe("vault/bootstrap: the keys", () => {
  it("are those in the Secret, of a Vault that has them, and nothing is written", async () => {
    const one = world({ status: SEALED });
    one.remember({ keys: KEYS });
    assert.deepEqual(await obtainKeys(one.context), KEYS);
    assert.deepEqual(one.done, []);
  });

  it("are those of a new Vault: the attempt is written down first, on which storage, and then the keys in its place", async () => {
    const one = world({ status: EMPTY });
    const { onInitialise } = one;
    let noted: unknown;
    one.onInitialise = () => {
      noted = parseCredentials(one.secret).attempt;
      return onInitialise();
    };
    assert.deepEqual(await obtainKeys(one.context), NEW);
    assert.deepEqual(
      [{ ...(noted as object), id: "" }, one.done],
      [{ id: "", until: 1_030_000, storage: "claim-1" }, ["secret", "initialise", "secret"]],
    );
    assert.deepEqual(parseCredentials(one.secret), { keys: NEW });
  });

  it("are waited for while another run is at it", async () => {
    const one = world({ status: EMPTY });
    one.remember(attempt({ until: one.now + 5 }));
    one.onSleep = () => {
      one.status = SEALED;
      one.remember({ keys: KEYS });
    };
    assert.deepEqual(await obtainKeys(one.context), KEYS);
    assert.deepEqual([one.done, one.waited], [[], ["another run, which is initialising Vault"]]);
  });

  it("are made by this run when the other one is over, and has not done it", async () => {
    const one = world({ status: EMPTY });
    one.remember(attempt());
    assert.deepEqual(await obtainKeys(one.context), NEW);
  });

  it("are made anew, with new storage, where a run was ended before it had them", async () => {
    const one = world({ status: SEALED });
    one.remember(attempt());
    one.onSleep = () => {
      one.claim = { uid: "claim-2", deleting: false };
      one.status = EMPTY;
    };
    assert.deepEqual(await obtainKeys(one.context), NEW);
    assert.deepEqual(one.done, ["delete data-vault-0 claim-1 vault-0", "secret", "initialise", "secret"]);
    assert.match(one.changes[0]!, /replaced Vault's empty storage/);
  });

  it("are those of another run that was faster, whose attempt is not touched", async () => {
    const one = world({ status: EMPTY });
    one.onInitialise = () => {
      one.remember(attempt({ id: "faster" }));
      one.status = SEALED;
      return { status: 200, body: { keys_base64: ["new-key"], root_token: "new-token" } };
    };
    await assert.rejects(obtainKeys(one.context), { name: "FixableError", message: /another run has taken this one for dead/ });
    assert.equal(parseCredentials(one.secret).attempt?.id, "faster");
  });

  const lost: [string, (one: BootstrapWorld) => void, RegExp, configuration?: Partial<BootstrapConfiguration>][] = [
    [
      "Vault is empty, and there are keys of another",
      (one) => ((one.status = EMPTY), one.remember({ keys: KEYS })),
      /is empty, but the Secret vault-keys has keys/,
    ],
    ["there are none of a Vault that is sealed", (one) => (one.status = SEALED), /is initialised, but .*vault-keys.*nobody can read it/],
    ["there are none of a Vault that serves", (one) => (one.status = OPEN), /until its next restart/],
    // Whoever had it initialised by hand has unsealed it: it is not the empty one of the attempt.
    ["the Vault of an attempt is open", (one) => ((one.status = OPEN), one.remember(attempt())), /is initialised, but/],
    [
      "the attempt was on other storage",
      (one) => ((one.status = SEALED), one.remember(attempt({ storage: "claim-0" }))),
      /is initialised, but/,
    ],
    [
      "which storage the attempt was on is not known",
      (one) => ((one.status = SEALED), one.remember(attempt({ storage: undefined }))),
      /nobody has them, and nothing is in it/,
    ],
    [
      "what storage there is is not known",
      (one) => ((one.status = SEALED), one.remember(attempt())),
      /nobody has them.*\n.*restart it/,
      { storage: undefined as never },
    ],
  ];
  for (const [what, change, message, configuration] of lost)
    it(`are lost when ${what}: that is said, and nothing is changed`, async () => {
      const one = world({}, configuration);
      change(one);
      const before = one.secret;
      await assert.rejects(obtainKeys(one.context), { name: "FixableError", message });
      assert.deepEqual([one.done, one.changes, one.secret], [[], [], before]);
    });

  it("are not made while Vault's storage is on its way out", async () => {
    const one = world({ status: EMPTY, claim: { uid: "claim-1", deleting: true } });
    one.onSleep = () => {
      assert.deepEqual(one.done, []);
      one.claim = { uid: "claim-2", deleting: false };
    };
    assert.deepEqual(await obtainKeys(one.context), NEW);
    assert.deepEqual(one.waited, ["Vault's volume claim"]);
  });

  it("are not asked for without a clock to know another run's attempt by", async () =>
    assert.rejects(obtainKeys(world({ status: EMPTY, now: NaN }).context), /no date/));
});

describe("vault/bootstrap: Vault is opened", () => {
  it("with its key, once, and awaited", async () => {
    const one = world({ status: SEALED });
    await ensureUnsealed(one.context, KEYS);
    await ensureUnsealed(one.context, KEYS);
    assert.deepEqual([one.status, one.changes], [OPEN, ["unsealed Vault"]]);
  });

  it("with no other's, and stays as it is", async () => {
    const one = world({ status: SEALED, key: "another" });
    await assert.rejects(ensureUnsealed(one.context, KEYS), {
      name: "FixableError",
      message: /is not that of the Vault at https:\/\/vault\.test:8200/,
    });
    assert.deepEqual([one.status, one.changes], [SEALED, []]);
  });

  it("and takes the root token of the Secret, or is said not to", async () => {
    await requireToken(world().context);
    await assert.rejects(requireToken(world({ token: false }).context), {
      name: "FixableError",
      message: /does not accept the root token in the Secret vault-keys/,
    });
  });
});
