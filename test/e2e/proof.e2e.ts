import assert from "node:assert/strict";
import { resolveNames } from "../../catalog/names";
import { platform } from "../../catalog/services/platform";
import { eventually } from "./support/clock";
import { credentials, kubectl, NAMESPACE, superuser, withTunnel } from "./support/lab";
import { startOperator, stopOperatorDuring, withoutOperator } from "./support/operator";
import { rotate, rotationFails, Turns, type Rotation } from "./support/rotation";
import { holdSession } from "./support/session";
import { alone } from "./support/turn";

const { role, secret } = resolveNames(platform);
/** Short, so that a failure is one soon; the same for all, because a changed limit is another proof. */
const IMPATIENT = { applySeconds: 15, proof: { seconds: 10 } };

/** From the first strategy to the second. */
const turns = new Turns(["platform"]);

for (const strategy of ["alternating", "inPlace"] as const) {
  // The soak has each case of each strategy; every run has each case once.
  const unlessInPlace = strategy === "alternating" || process.env.SOAK ? it : undefined;
  const unlessAlternating = strategy === "inPlace" || process.env.SOAK ? it : undefined;
  describe(`a proof that fails, ${strategy}`, () => {
    const rotation = (more: Rotation = {}): Rotation => ({ strategy, services: turns.services, ...IMPATIENT, ...more });
    const only = (config: { services: Record<string, Record<string, unknown> | undefined> }, more: Record<string, unknown> = {}) => {
      for (const name of Object.keys(config.services)) config.services[name] = { rotation: { strategy: "inPlace" } };
      config.services.platform = { rotation: { strategy }, ...more };
    };
    const up = (more: Rotation = {}, set: Record<string, unknown> = {}) => rotate(rotation(more), (config) => only(config, set));
    const fails = (more: Rotation = {}, set: Record<string, unknown> = {}) => rotationFails(rotation(more), (config) => only(config, set));

    before(async () => {
      turns.to(strategy);
      await up();
    });

    unlessInPlace?.("the role has no connection left", async () => {
      const limit = { connectionLimit: 1 };
      await up({}, limit);
      const held = await holdSession((await credentials()).platform!);
      if (strategy === "alternating") {
        // The session is that of the login whose turn comes after the next.
        turns.rotate();
        await up({}, limit);
      }
      const before = await applicationSecret();
      turns.rotate();
      const message = await fails({}, limit);
      console.log(message);
      assert.match(message, /service platform: no login as role platform\S* within 10 s\. Postgres:/);
      assert.match(message, /too many connections for role "platform/);
      assert.match(message, /the Secret platform-db-credentials holds the credential that Postgres accepts/);
      if (strategy === "alternating") await logsIn();
      await held.end();
      // The tunnel's end has to get to Postgres.
      const sessions = "select count(*) from pg_stat_activity where usename ~ '^platform(_[ab])?$'";
      let left = "";
      const expired = () => new Error(`a session does not end: ${left} are open`);
      await eventually({ seconds: 60, everyMs: 500, expired }, async () => (left = await superuser(sessions)) === "0" || undefined);
      await logsIn();
      await finishes(before, limit);
    });

    unlessInPlace?.("the operator does not run: nothing is changed", async () => {
      const before = await applicationSecret();
      turns.rotate();
      assert.match(await withoutOperator(fails), /the operator's Deployment has no running pod/);
      assert.equal(await applicationSecret(), before);
      await logsIn();
      await finishes(before);
    });

    unlessAlternating?.("the operator stops in the middle, and then somebody has written another role's name into the Secret", async () => {
      const before = await applicationSecret();
      turns.rotate();
      const { roleSecret, name } = await alone(async () => {
        try {
          const said = /RandomPassword platform(-[ab])?-password .*replac|RandomPassword .*created/;
          console.log(await stopOperatorDuring(said, fails));
          await logsIn();
          const roleSecret = await newRoleSecret();
          await writeUsername(roleSecret, "somebody_else");
          return { roleSecret, name: roleSecret.endsWith("-role") ? role : `${role}_${roleSecret.at(-1)}` };
        } finally {
          await startOperator();
        }
      });
      try {
        const second = await fails();
        console.log(second);
        assert.match(
          second,
          new RegExp(`platform: role ${name}, Secret ${roleSecret}; CloudNativePG: .*username in secret "${roleSecret}" does not match`),
        );
        assert.match(second, /the Secret platform-db-credentials the one before: applications of platform may be refused/);
        assert.match(second, /run `pulumi up` again/);
        await logsIn();
      } finally {
        await writeUsername(roleSecret, name);
      }
      await finishes(before);
    });

    /** The next `up` after the cause is gone. */
    async function finishes(before: string, set: Record<string, unknown> = {}): Promise<void> {
      await up({}, set);
      assert.notEqual(await applicationSecret(), before);
      await logsIn();
    }
  });
}

const applicationSecret = () => kubectl("-n", NAMESPACE, "get", "secret", secret, "-o", "jsonpath={.data}");

async function logsIn(): Promise<void> {
  const { platform: credential } = await credentials();
  assert.equal(await withTunnel((connect) => connect(credential!)), `${role}@${credential!.database}`);
}

/** The role Secret that was written last: that of the login whose turn it is. */
async function newRoleSecret(): Promise<string> {
  const names = await kubectl(
    ...["-n", NAMESPACE, "get", "secrets", "-l", "cnpg.io/reload=true,cnpg-credentials/service=platform"],
    ...["-o", 'jsonpath={range .items[*]}{.metadata.annotations.cnpg-credentials/password-changed-at} {.metadata.name}{"\\n"}{end}'],
  );
  return names.trim().split("\n").sort().at(-1)!.split(" ")[1]!;
}

async function writeUsername(name: string, username: string): Promise<void> {
  await kubectl("-n", NAMESPACE, "patch", "secret", name, "--type=merge", "-p", JSON.stringify({ stringData: { username } }));
}
