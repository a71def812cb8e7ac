import type { Need } from "../../../cli/drift/types";
import { REAPPLY, SQL, type Case } from "./case";
import type { World } from "./fixture";

const need = (facts: World["facts"], ...needs: Need[]) => {
  facts.logins[0]!.needs = needs.map((one) => ({ ...one, statements: [...one.statements] }));
};
const IN_AGENTS = `${SQL} -d 'dbname='\\''agents'\\'''`;

/** A login that works, and a database in which its application does not. */
export const needsCases: Case[] = [
  {
    title: "tables and schemas that an import has left to others",
    breaks: (facts) =>
      need(
        facts,
        {
          kind: "schemas",
          text: "agents may not use the schemas of old: app",
          statements: ["ALTER SCHEMA app OWNER TO agents"],
          meant: false,
        },
        {
          kind: "relations",
          text: "agents may not use tables, views and sequences of old, 60 in all: app.t1, ...",
          statements: Array.from({ length: 60 }, (_, index) => `ALTER TABLE app.t${index + 1} OWNER TO agents`),
          meant: false,
        },
      ),
    finds: [
      [
        "agents",
        "needs",
        "in the database agents, agents may not use",
        "`foreignOwners`",
        `${IN_AGENTS} -c 'ALTER SCHEMA app OWNER TO agents'`,
      ],
      ["agents", "needs", "60 in all", "for its owner to use", "-c 'ALTER TABLE app.t50 OWNER TO agents'"],
    ],
  },
  {
    title: "a public in which nobody may make anything, and what is declared and not there",
    breaks: (facts) =>
      need(
        facts,
        {
          kind: "create",
          text: "agents may make nothing in the schema public, which belongs to postgres, nor in any other",
          statements: ["ALTER SCHEMA public OWNER TO pg_database_owner"],
          meant: false,
        },
        { kind: "extension", text: "the extension citext, which is declared, is not there", statements: [], meant: false },
        { kind: "schema", text: "the schema app, which is declared, is not there", statements: [], meant: false },
      ),
    finds: [
      ["agents", "needs", "may make nothing", "makes its tables", `${IN_AGENTS} -c 'ALTER SCHEMA public OWNER TO pg_database_owner'`],
      ["agents", "needs", "the extension citext", "Database agents declares it", REAPPLY("databases", "agents")],
      ["agents", "needs", "the schema app", "Database agents declares it", REAPPLY("databases", "agents")],
    ],
  },
  {
    title: "a login whose sessions do not begin as its owner's do",
    breaks: (facts) =>
      need(facts, {
        kind: "setting",
        text: "sessions of agents_a do not begin with app.tenant, as those of agents do",
        statements: ["SELECT pg_catalog.set_config('app.tenant', 'x', false) IS NULL", "ALTER ROLE agents_a SET app.tenant FROM CURRENT"],
        meant: false,
      }),
    finds: [["agents", "needs", "do not begin with app.tenant", "whichever login", "-c 'ALTER ROLE agents_a SET app.tenant FROM CURRENT'"]],
  },
];
