import * as assert from "node:assert/strict";
import type { Run } from "./support/program";
import {
  ALTERNATING,
  CLUSTER,
  expectedResources,
  finding,
  ids,
  JOB,
  loginResources,
  ROLE,
  SECRET,
  specOf,
  wholeProgram,
} from "./support/wholeProgram";

describe("index, rotating", () => {
  const { up, onPreflight, waitedFor } = wholeProgram();

  describe("alternating", () => {
    const services = { platform: {} };
    const entry = (said: object, strategy = "inPlace") => ({ services, rotation: { strategy, services: { platform: said } } });
    const rotated = entry({ active: "b", a: 0, b: 1 }, "alternating");
    const back = entry({ generation: 1, a: 0, b: "retired" });
    const made = { generations: { a: "0.0.0", b: "unused" }, application: { login: "platform_a", generation: "0.0.0" } };
    const roles = (one: Run<unknown>) =>
      (specOf(one, CLUSTER).managed as { roles: { name: string; login: boolean; ensure?: string }[] }).roles.map(
        ({ name, login, ensure }) => [ensure ?? "", name, login ? "in" : "out"].join(" ").trim(),
      );
    const passwords = (one: Run<unknown>) =>
      Object.fromEntries<unknown>(
        one.ofKind("RandomPassword").map(({ id, options }) => [id.split("::")[1] ?? "", options.replacementTrigger]),
      );

    it("makes two logins a service, the same in a preview", async () => {
      const logins = ["platform-a", "platform-b"].flatMap(loginResources);
      const own = loginResources("platform");
      const expected = [...expectedResources(["platform"]).filter((id) => !own.includes(id)), ...logins].sort();
      for (const preview of [false, true]) {
        const one = await up("dev", { services, ...ALTERNATING }, preview);
        assert.deepEqual(ids(one.resources), expected);
        assert.deepEqual(roles(one), ["platform out", "platform_a in", "platform_b out"]);
      }
    });

    it("replaces the password of the login whose turn it is, and no other, and leaves both in", async () => {
      onPreflight(finding({ platform: made }));
      const one = await up("dev", rotated);
      assert.deepEqual(passwords(one), { "platform-a-password": "0.0.0", "platform-b-password": "1" });
      assert.deepEqual(roles(one), ["platform out", "platform_a in", "platform_b in"]);
      assert.ok(one.get(`${SECRET}::platform`).dependsOn.includes(`${JOB}::platform-proof`));
      assert.deepEqual(
        waitedFor.map(({ role, secret }) => [role, secret]),
        [["platform_b", "platform-db-role-b"]],
      );
    });

    it("is the same whatever the cluster has, as long as that may be", async () => {
      // A key is made in every run; the state keeps the first one.
      const kept = ({ resources }: Run<unknown>) => resources.filter(({ id }) => id !== "pulumi:index:Stash::server-authority-1");
      const first = await up("dev", rotated);
      const login = (name: string) => ({ login: name, generation: "0.0.0" });
      for (const live of [made, { ...made, generations: { a: "0.0.0", b: "1" } }, { generations: { a: "0.0.0", b: "1" } }]) {
        onPreflight(finding({ platform: live }));
        assert.deepEqual(kept(await up("dev", rotated)), kept(first));
      }
      onPreflight(finding({ platform: { generations: { owner: "0.0.0" }, application: login("platform") } }));
      await assert.rejects(up("dev", rotated), /does not keep platform/);
    });

    it("drops the logins that it had when it goes back to in place", async () => {
      onPreflight(finding({ platform: made }));
      const one = await up("dev", back);
      assert.deepEqual(roles(one), ["platform in", "platform_a in", "absent platform_b out"]);
      assert.deepEqual(waitedFor.map(({ role }) => role).sort(), ["platform", "platform_b"]);
    });

    it("makes an object of each login where roles are objects, and drops one that loses it", async () => {
      const one = await up("dev", { services, roleApi: "databaseRole", ...ALTERNATING });
      assert.deepEqual(
        ids(one.ofKind("DatabaseRole")),
        ["platform", "platform-a", "platform-b"].map((name) => `${ROLE}::roles-${name}`),
      );
      assert.deepEqual(
        waitedFor.map(({ role, object }) => [role, object]),
        [
          ["platform_a", "platform-a"],
          ["platform_b", "platform-b"],
        ],
      );
      onPreflight(finding({ platform: made }));
      const inPlace = await up("dev", { ...back, roleApi: "databaseRole" });
      assert.deepEqual(
        ids(inPlace.ofKind("DatabaseRole")),
        ["platform", "platform-a"].map((name) => `${ROLE}::roles-${name}`),
      );
      assert.deepEqual(roles(inPlace), ["absent platform_b out"]);
    });

    it("restarts what reads the Secrets once they are written, whatever becomes of the proof", async () => {
      const workloads = (name: string) => ({ workloads: [{ kind: "Deployment", name }] });
      const change = {
        services: { platform: workloads("web"), agents: workloads("bot") },
        rotation: { services: { platform: { generation: 1 }, agents: { generation: 1 } } },
      };
      const inUse = (login: string) => ({ application: { login, generation: "0.0.0" }, generations: { owner: "0.0.0" } });
      onPreflight(finding({ platform: inUse("platform"), agents: inUse("agents") }));
      const { get, ofKind } = await up("dev", change);
      const patch = "kubernetes:apps/v1:DeploymentPatch";
      const [web, bot] = [`${patch}::restarts-platform-deployment-ameide-dev-web`, `${patch}::restarts-agents-deployment-ameide-dev-bot`];
      assert.deepEqual(ids(ofKind("DeploymentPatch")), [bot, `${bot}-rolled-out`, web, `${web}-rolled-out`]);
      assert.deepEqual(get(web).dependsOn, [`${SECRET}::platform`]);
      assert.deepEqual(get(bot).dependsOn, [`${SECRET}::agents`]);
      assert.deepEqual(ids((await up("dev", { services: change.services })).ofKind("DeploymentPatch")), []);
    });
  });

  describe("adoption", () => {
    const adopt = { services: { platform: { adopt: { secret: "platform-db-credentials" } } } };
    const stashed = (one: Run<unknown>) =>
      one
        .ofKind("Stash")
        .filter(({ id }) => id.endsWith("-adopted"))
        .map(({ id, inputs, secrets }) => [id.split("::")[1], inputs.input, secrets]);

    it("takes the first password of a service from the check of the cluster", async () => {
      onPreflight(finding({}, { platform: "hunter2" }));
      assert.deepEqual(stashed(await up("dev", adopt)), [
        ["platform-adopted", { generation: "0.0.0", isCurrent: true, password: "hunter2" }, ["input"]],
      ]);
    });

    it("gives it to the owner beside the first turn, and to no other", async () => {
      onPreflight(finding({}, { platform: "hunter2" }));
      const rotation = { ...ALTERNATING.rotation, services: { platform: { active: "a", a: 1, owner: "adopted" } } };
      assert.deepEqual(stashed(await up("dev", { ...adopt, rotation })), [
        ["platform-a-adopted", { generation: "1", isCurrent: false, password: "" }, ["input"]],
        ["platform-adopted", { generation: "adopted", isCurrent: true, password: "hunter2" }, ["input"]],
        ["platform-b-adopted", { generation: "unused", isCurrent: false, password: "" }, ["input"]],
      ]);
    });
  });
});
