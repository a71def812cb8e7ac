import assert from "node:assert/strict";
import { execa } from "execa";
import { platform } from "../../catalog/services/platform";
import { columns } from "../../cli/shared/tables";
import { onStack, pulumi, type ManagedStack } from "../../cli/stack/engine";
import type { Strategy } from "../../config/schema";
import { timedUp } from "./support/clock";
import { ROOT, transcripts } from "./support/commands";
import { stopAtFailure } from "./support/inOrder";
import { credentials, withTunnel, type Configuration } from "./support/lab";
import { configureRotation, rotate, Turns } from "./support/rotation";
import { watch } from "./support/watcher";

const SERVICE = "platform";
/** Resources that are about the service, by their names. */
const ITS_OWN = /^(platform(-|$)|databases-platform$|restarts-platform)/;

/** What came of an `up` of one resource: its end, whether the application's Secret was written, and the logins meanwhile. */
interface Row {
  readonly resource: string;
  readonly said: string;
  readonly secret: string;
  readonly ok: number;
  readonly refused: number;
}

const STRATEGIES: readonly Strategy[] = ["inPlace", "alternating"];
for (const strategy of STRATEGIES)
  describe(`\`up --target\`, ${strategy}: each resource of a service in turn`, () => {
    stopAtFailure();
    const turns = new Turns([SERVICE]);
    const change = (config: Configuration) => {
      config.services[SERVICE] = { rotation: { strategy } };
    };
    const rotation = () => ({ services: turns.services });
    let rows: Row[];
    const refused = (all: readonly Row[]) => all.filter((row) => row.refused > 0).map(({ resource }) => resource);

    before(async () => {
      // From whatever the tests before have left.
      if (strategy === "alternating") {
        turns.rotate().rotate().to("alternating");
        await rotate(rotation(), change);
        turns.retire();
      }
      await rotate(rotation(), change);
    });

    it("with nothing to rotate: every login works", async () => {
      rows = await targets(await opened(), "no rotation");
      assert.deepEqual(refused(rows), []);
    });

    for (const [order, sort] of [
      ["what comes first, first", (urns: string[]) => urns],
      ["what comes last, first", (urns: string[]) => urns.toReversed()],
    ] as const) {
      it(`in the middle of a rotation, ${order}: no Secret ever names what does not log in`, async () => {
        turns.rotate();
        rows = await targets(await opened(), `a rotation, ${order}`, sort);
        assert.deepEqual(refused(strategy === "inPlace" ? outsideOf(rows) : rows), []);
        await rotate(rotation(), change);
        const { [SERVICE]: now } = await credentials();
        await withTunnel((connect) => connect(now!));
      });

      it(`after it, ${order}: every login works`, async () => {
        rows = await targets(await opened(), `after a rotation, ${order}`, sort);
        assert.deepEqual(refused(rows), []);
      });
    }

    // The configuration stays as it is written until the stack is opened anew.
    const opened = () => configureRotation(rotation(), change);
  });

/**
 * In place the password before ends with the `up` that writes the role's Secret, and the next one is in the application's when that is written: in an `up` of both the one follows from the
 * other. What is targeted before and after that is to end nothing.
 */
function outsideOf(rows: readonly Row[]): readonly Row[] {
  const [from, to] = [`Secret ${SERVICE}-role`, `Secret ${SERVICE}`].map((name) => rows.findIndex(({ resource }) => resource === name)) as [
    number,
    number,
  ];
  assert.ok(from >= 0 && to >= 0);
  return rows.filter((_, index) => index < from || (to > from && index > to));
}

/** An `up` of each of the service's resources alone, while somebody logs in with what the application's Secret says. */
async function targets(opened: ManagedStack, title: string, sort: (urns: string[]) => string[] = (urns) => urns): Promise<Row[]> {
  const { deployment } = JSON.parse(await pulumi(opened, "stack", "export", "--stack", opened.name)) as {
    deployment: { resources: { urn: string; custom?: boolean }[] };
  };
  const urns = deployment.resources.filter(({ urn, custom }) => custom && ITS_OWN.test(urn.split("::").at(-1)!)).map(({ urn }) => urn);
  assert.ok(urns.length >= 5, urns.join("\n"));
  const rows: Row[] = [];
  for (const urn of sort(urns)) {
    const before = (await credentials())[SERVICE]!;
    const watcher = watch(platform);
    const args = onStack(opened, ["up", "--yes", "--skip-preview", "--non-interactive", "--color", "never", "--target", urn]);
    const { exitCode, all } = await timedUp(
      async () => await execa("pulumi", args, { cwd: ROOT, env: opened.env, all: true, reject: false }),
    );
    transcripts.push(all);
    const after = (await credentials())[SERVICE]!;
    const { ok, refused } = await watcher.stop();
    const [type, name] = urn.split("::").slice(-2) as [string, string];
    rows.push({
      resource: `${type.split(/[$:]/).at(-1)} ${name}`,
      said: exitCode === 0 ? "ok" : (/stays as it is|is to be replaced|error: .{0,60}/.exec(all)?.[0] ?? `exit ${exitCode}`),
      secret: after.password === before.password ? "as before" : `another: ${after.user}`,
      ok,
      refused: refused.length,
    });
  }
  const cells = rows.map(({ resource, said, secret, ok, refused }) => [resource, said, secret, String(ok), String(refused)]);
  console.log(`${title}\n${columns([["TARGET", "UP", "SECRET", "LOGINS", "REFUSED"], ...cells])}`);
  return rows;
}
