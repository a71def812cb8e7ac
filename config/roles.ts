import { z } from "zod";
import { problemOfParameter } from "./parameters";
import { text } from "./primitives";
import { isPlain } from "./visible";

/** What a role may be given beside its database. A superuser's rights are none of it. */
export const ROLE_ATTRIBUTES = ["createdb", "createrole", "replication", "bypassrls", "noinherit"] as const;
export type RoleAttribute = (typeof ROLE_ATTRIBUTES)[number];

/** A member of one of these is as good as a superuser. */
const AS_SUPERUSER = /^(?:postgres|streaming_replica|cnpg_.*|pg_execute_server_program|pg_(?:read|write)_server_files)$/;
/** Which role a session works as is the program's to say. */
const OF_THE_PROGRAM = new Set(["role", "session_authorization"]);

const roleName = z
  .string()
  .min(1, "is empty")
  .max(63, "is longer than 63 characters")
  .refine(isPlain, "has a character in it that is not seen")
  .refine((name) => !AS_SUPERUSER.test(name), "is as good as a superuser, or CloudNativePG's own");

export const attributes = z.array(z.enum(ROLE_ATTRIBUTES));
export const memberOf = z.array(roleName);

/** Settings of a role, by name. */
export const settings = z
  .record(z.string().regex(/^[a-z_][a-z0-9_]*(\.[a-z_][a-z0-9_]*)*$/i, "is not the name of a setting"), text)
  .superRefine((all, context) => {
    for (const [name, value] of Object.entries(all)) {
      const add = (message: string) => context.addIssue({ code: "custom", path: [name], message });
      if (OF_THE_PROGRAM.has(name.toLowerCase())) add("is set by the program: sessions work as the owner of the database");
      else if (!isPlain(value)) add("has a character in it that is not seen, such as the end of a line");
      else {
        const problem = problemOfParameter(name, value, all);
        if (problem !== undefined) add(problem);
      }
    }
  });

/** What a role had before and loses, as a refusal writes it. */
const WORDS = ["superuser", ...ROLE_ATTRIBUTES, "login", "connection limit", "valid until"];
const NAMED = /^(?:member of|setting|database|owner) \S.*$/;

export const givesUp = z.array(
  z
    .string()
    .refine(isPlain, "has a character in it that is not seen")
    .refine(
      (word) => WORDS.includes(word) || NAMED.test(word),
      `is none of ${WORDS.join(", ")}, \`member of …\`, \`setting …\`, \`database …\`, \`owner …\``,
    ),
);
