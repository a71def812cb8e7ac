import assert from "node:assert/strict";
import * as fs from "node:fs/promises";
import * as path from "node:path";
import { startGate, type Gate, type Stop } from "../support/gate";
import { Ceremony, type Running, type Target } from "./support/ceremony";

/** Two questions, whether it is unsealed and whether it serves: a run may look once less than the one that was counted. */
const STOPS_OF_A_LOOK = 4;

/** Where a run is ended: at each of its questions, before Vault has it and after Vault has done it. */
function* points(questions: number): Generator<Stop> {
  for (let question = 1; question <= questions; question++) {
    yield { question, side: "before" };
    yield { question, side: "after" };
  }
}

describe("a ceremony whose runs are killed at each question that they ask of Vault", () => {
  let ceremony: Ceremony;
  let gate: Gate;
  let target: Target;

  before(async () => {
    ceremony = await Ceremony.prepare();
    gate = await startGate(ceremony.vault.address, ceremony.vault.ca);
    const ca = path.join(ceremony.desk, "gate.pem");
    await fs.writeFile(ca, gate.ca);
    target = { address: gate.address, ca };
  });

  beforeEach(() => ceremony.reset());
  afterEach(async () => assert.deepEqual(await ceremony.leaks(), []));

  after(async () => {
    gate.close();
    await ceremony.remove();
  });

  /**
   * Starts a run and kills it at a point; `false` when it has come to its end before. Of two runs one asks more questions than the other, by as
   * many as it has asked whether Vault serves yet.
   */
  async function killAt(stop: Stop, start: () => Running): Promise<boolean> {
    const { stopped } = gate.open(stop);
    const run = start();
    const ended = await Promise.race([stopped.then(() => undefined), run.ended]);
    if (ended) {
      assert.equal(ended.code, 0, `${ended.stdout}${ended.stderr}`);
      assert.ok(gate.questions.length < stop.question, `${JSON.stringify(stop)}: ${gate.questions.join(", ")}`);
      console.log(`      not killed ${stop.side} question ${stop.question}: the run has ended with its question ${gate.questions.length}`);
      return false;
    }
    const seen = run.inSight();
    for (const secret of ceremony.secrets) assert.equal(seen.includes(secret), false);
    run.kill();
    assert.equal((await run.ended).code, null);
    return true;
  }

  it("initialises Vault in the end, and begins anew where nobody has its keys", async () => {
    gate.open();
    await ceremony.expect(0, ceremony.keys, { target });
    const questions = [...gate.questions];
    const asked = questions.indexOf("PUT /v1/sys/init") + 1;
    assert.ok(asked > 1 && questions.length > asked);
    let killed = 0;
    const stops = [...points(questions.length)];
    for (const stop of stops) {
      await ceremony.reset();
      if (await killAt(stop, () => ceremony.start(ceremony.keys, { target }))) killed++;
      const where = JSON.stringify(stop);
      if (stop.question === asked && stop.side === "after") {
        const early = await ceremony.expect(2, ceremony.keys);
        assert.match(early.stderr, /by a run that asked for it on .* and may be about to write down its keys/);
        await ceremony.ageAttempt();
        const { stderr } = await ceremony.expect(2, ceremony.keys);
        assert.match(
          stderr,
          /is initialised, and nobody has its recovery keys or its root token: the run that asked for them on .* was ended/,
        );
        assert.match((await ceremony.expect(2, ["--check"])).stderr, /nobody has its recovery keys/);
        await ceremony.vault.kill();
        await ceremony.vault.wipe();
        await ceremony.vault.start();
      }
      // Once it has its keys, it needs no more of them than the root token.
      const begun = (await fs.readFile(ceremony.recordFile, "utf8").catch(() => "")).includes("recoveryShares");
      await ceremony.expect(begun ? 1 : 0, ceremony.keys);
      const { keys, clusterId } = await ceremony.record();
      assert.ok(keys && clusterId, where);
      assert.equal(await ceremony.status(await ceremony.rootToken(), "GET", "auth/token/lookup-self"), 200, where);
      assert.equal(new Set(await ceremony.shares()).size, 3, where);
    }
    assert.ok(killed >= stops.length - STOPS_OF_A_LOOK, `${killed} of ${stops.length} runs were killed`);
  });

  it("ends with one bootstrap token and no root token", async () => {
    await ceremony.initialise();
    const input = await ceremony.rootToken();
    await ceremony.vault.kill();
    const saved = path.join(ceremony.desk, "saved");
    const data = path.join(ceremony.vault.directory, "data");
    await fs.mkdir(saved);
    await fs.cp(data, path.join(saved, "data"), { recursive: true });
    await fs.cp(ceremony.recordFile, path.join(saved, "record.json"));
    const restore = async () => {
      await ceremony.vault.kill();
      await ceremony.vault.wipe();
      await fs.cp(path.join(saved, "data"), data, { recursive: true });
      await fs.cp(path.join(saved, "record.json"), ceremony.recordFile);
      await ceremony.vault.start();
      while ((await ceremony.vault.ask()("GET", "/v1/sys/health")).status !== 200) await new Promise((resolve) => setTimeout(resolve, 50));
    };
    const made: string[] = [];
    const collect = () => {
      for (const answer of gate.answers) made.push(...(/"client_token":"([^"]+)"/.exec(answer)?.slice(1) ?? []));
      for (const token of made) ceremony.secrets.add(token);
    };

    await restore();
    gate.open();
    await ceremony.expect(0, [], { input, target });
    const questions = gate.questions.length;
    assert.ok(questions > 10);
    let killed = 0;
    const stops = [...points(questions)];
    for (const stop of stops) {
      const where = JSON.stringify(stop);
      await restore();
      made.length = 0;
      if (await killAt(stop, () => ceremony.start([], { input, target }))) killed++;
      collect();
      const finished = (await ceremony.run(["--check"])).code === 0;
      if (!finished) {
        // Without the token it says what is left to do, and does nothing.
        assert.match((await ceremony.expect(1, [])).stdout, /give the root token on standard input/);
        gate.open();
        await ceremony.expect(0, [], { input, target });
        collect();
      }
      await ceremony.expect(0, ["--check"]);
      const kept = await ceremony.bootstrapToken();
      assert.ok(made.includes(kept), where);
      for (const token of [input, ...made])
        assert.equal(await ceremony.status(token, "GET", "auth/token/lookup-self"), token === kept ? 200 : 403, where);
      const { steps } = await ceremony.record();
      assert.equal(steps.filter(({ step }) => step === "root token revoked").length, 1, where);
    }
    assert.ok(killed >= stops.length - STOPS_OF_A_LOOK, `${killed} of ${stops.length} runs were killed`);
  });
});
