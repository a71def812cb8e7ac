import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { parseCredentials } from "../../vault/bootstrap/credentials";
import { run } from "../../vault/bootstrap/run";
import { startGate } from "../support/gate";
import { until } from "../support/until";
import { BootstrapDesk, SECRET } from "./support/bootstrapDesk";

/** A whole run takes about three seconds, most of them the initialisation. */
const RUN_MS = 3500;
const LONG_MS = 600_000;

describe("the dev bootstrap, killed", () => {
  let desk: BootstrapDesk;

  before(async () => void (desk = await BootstrapDesk.prepare()));
  afterEach(() => desk.check());
  after(() => desk.remove());

  describe("while Vault initialises", () => {
    /** A Vault whose keys went with the run that had initialised it. */
    before(async () => {
      await desk.empty();
      const gate = await startGate(desk.vault.address, desk.vault.ca);
      try {
        // Vault has done what it was asked for, and the run does not know it.
        const { stopped } = gate.open({ question: "PUT /v1/sys/init", time: 1, side: "after" });
        const victim = await desk.start(gate);
        const first = await Promise.race([stopped, victim.ended]);
        assert.equal(first, undefined, first?.output);
        victim.kill();
        await victim.ended;
      } finally {
        gate.close();
      }
      const { body } = await desk.vault.ask()("GET", "/v1/sys/seal-status");
      assert.equal((body as { initialized: boolean }).initialized, true);
      assert.equal(desk.keys, undefined);
    });

    /**
     * Sets the API server's clock to so long after the attempt is over, however long this test has
     * taken.
     */
    function setClock(afterAttempt: number): void {
      desk.kube.ahead = parseCredentials(desk.kube.secrets[SECRET]).attempt!.until + afterAttempt - Date.now();
    }

    it("storage that is another by now is left alone by the next run, and so is one that it may not delete", async () => {
      setClock(LONG_MS);
      const { storage: _, ...withoutStorage } = desk.configuration();
      await assert.rejects(
        run({ ...desk.options(), configuration: withoutStorage }),
        /nobody has them, and nothing is in it\. Nothing was changed\nRemedy: delete Vault's storage and restart it/,
      );
      const { claim } = desk.kube;
      desk.kube.claim = "another";
      await assert.rejects(desk.bootstrap(), /is initialised, but the Secret vault-auto-credentials, .* Nothing was changed/);
      desk.kube.claim = claim;
    });

    it("the next run has it begin anew, once the first one is dead for certain", async () => {
      const { kube, lines } = desk;
      setClock(-LONG_MS);
      const { claim } = kube;
      const next = desk.bootstrap();
      const waits = "waiting for another run, which is initialising Vault";
      await until("the run's last line", () => lines.at(-1) ?? "", waits);
      // It looks again, and goes on waiting.
      const looked = kube.asked.length;
      await until("whether it looks three times more", () => kube.asked.length >= looked + 3, true);
      assert.equal(lines.at(-1), waits);
      assert.equal(kube.claim, claim);
      setClock(LONG_MS);
      const { changed } = await next;
      assert.deepEqual(changed.slice(0, 3), [
        "a run was ended while it initialised Vault, before it had the keys: replaced Vault's empty storage, claim data-vault-0",
        "initialised Vault",
        "unsealed Vault",
      ]);
      assert.notEqual(kube.claim, claim);
      await desk.assertConverged();
    });
  });

  const points = process.env.SOAK ? 60 : 5;
  for (let point = 0; point < points; point++)
    it(`at a random point in part ${point + 1} of ${points} of a run, it converges`, async () => {
      await desk.empty();
      const after = ((point + Math.random()) / points) * RUN_MS;
      const victim = await desk.start();
      await sleep(after);
      victim.kill();
      const { output: done } = await victim.ended;
      desk.kube.ahead = LONG_MS;
      const { code, output } = await (await desk.start()).ended;
      assert.equal(code, 0, `killed after ${Math.round(after)} ms:\n${done}\nThe next run:\n${output}`);
      await desk.assertConverged();
    });
});
