import type { Grant } from "../../../cli/drift/types";
import type { Profile } from "../../../catalog/profiles";
import { SQL, type Case } from "./case";
import type { World } from "./fixture";

/** Makes `agents` a profile in the database of `platform`. */
export function asProfile({ state }: World, kind: Profile["kind"] = "reader"): void {
  const { outputs } = state.deployment!.resources!.find(({ type }) => type === "pulumi:pulumi:Stack")!;
  const { services } = outputs as { services: Record<string, { profile?: Profile }> };
  services.agents!.profile = { kind, of: "platform", owner: "platform" };
}

/** Which rights its login has not, or too much. */
const grants = (world: World, ...found: Grant[]) => {
  asProfile(world);
  world.facts.logins[0]!.grants = found.map((one) => ({ ...one, statements: [...one.statements] }));
};
const IN_AGENTS = `${SQL} -d 'dbname='\\''agents'\\'''`;

/** A login that works, with rights that are not its profile's. */
export const grantsCases: Case[] = [
  {
    title: "rights of a profile that somebody has taken away, and given",
    breaks: (_, world) =>
      grants(
        world,
        {
          kind: "missing",
          text: "agents lacks SELECT on 60 in all: TABLE app.t1, ...",
          actor: "platform",
          statements: Array.from({ length: 60 }, (_, index) => `GRANT SELECT ON TABLE app.t${index + 1} TO agents`),
        },
        {
          kind: "extra",
          text: "agents has TRUNCATE on TABLE public.left",
          actor: 'of "import"',
          statements: ["REVOKE TRUNCATE ON TABLE public.left FROM agents CASCADE"],
        },
        {
          kind: "everybody",
          text: "everybody has INSERT on tables of tomorrow",
          actor: "platform",
          statements: ["ALTER DEFAULT PRIVILEGES FOR ROLE platform REVOKE INSERT ON TABLES FROM PUBLIC"],
        },
      ),
    finds: [
      [
        "agents",
        "grants",
        "in the database agents, agents lacks SELECT on 60 in all",
        "platform, who owns the database, gives a reader its rights",
        `${IN_AGENTS} -c 'SET ROLE "platform"' -c 'GRANT SELECT ON TABLE app.t1 TO agents'`,
      ],
      ["agents", "grants", "has TRUNCATE on TABLE public.left", "and no others", `-c 'SET ROLE "of ""import"""' -c 'REVOKE TRUNCATE`],
      ["agents", "grants", "everybody has INSERT", "See first who relies on it", "FROM PUBLIC"],
    ],
  },
  {
    title: "a session of a migrator that does not work as the owner",
    breaks: (_, world) => asProfile(world, "migrator"),
    finds: [["agents", "session", "a session of agents works as agents", "it works as platform, the owner", "ALTER ROLE"]],
  },
  {
    title: "a session of a profile that works as the owner",
    breaks: (facts, world) => {
      asProfile(world);
      facts.logins[0]!.worksAs = "platform";
    },
    finds: [["agents", "session", "a session of agents works as platform", "it works as agents, the profile", "RESET role"]],
  },
];
