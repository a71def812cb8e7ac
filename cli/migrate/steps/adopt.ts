import { ADOPTED, isListed } from "../../../config/rotation";
import { switched } from "../../../rotation/entry";
import { commandLine } from "../../../config/commandLine";
import { SECRET_TYPES } from "../../../config/schema";
import { literal } from "../../shared/sql";
import type { ServiceFacts } from "../services";
import type { Attempt, Item } from "../types";
import { settings, type Context, type StepOf, type StepState } from "./step";

const WHY = "the program begins with the password that is in use, so that nobody notices";
const SETTABLE: readonly string[] = SECRET_TYPES;

/** The stack's file names the Secret whose password Postgres accepts. */
export const adopt: StepOf = (facts, context) => {
  const { service, isTaken, sources, writers } = facts;
  if (isTaken) return { isDone: true, why: WHY, items: [] };
  if (writers.some(({ kind }) => kind === "VaultDynamicSecret"))
    return blocked("its login is a lease of Vault's, which ends: there is no password to keep", [
      {
        text: `let what is its own in Postgres belong to the role ${service.role} (REASSIGN OWNED), let go of the object, and start the application anew after the \`up\`: it gets a login of its own there`,
      },
    ]);
  if (sources.length === 0)
    return { isDone: facts.isOn, why: "there is no password to keep: the `up` makes one", items: facts.isOn ? [] : [inFile(facts, {})] };
  const attempt = chosen(facts);
  if (attempt === undefined) return blocked("no login could be tried: the Cluster has no primary, or logins were not wanted", []);
  return judged(attempt, facts, context);
};

/** That which is adopted; else the first that works; else the first. */
function chosen({ service, attempts }: ServiceFacts): Attempt | undefined {
  return (
    attempts.find(({ secret }) => secret === service.adopt?.secret) ?? attempts.find(({ outcome }) => outcome === "accepted") ?? attempts[0]
  );
}

function judged(attempt: Attempt, facts: ServiceFacts, context: Context): StepState {
  const { service, isOn } = facts;
  const { secret, key, form, outcome } = attempt;
  if (attempt.namesAnother)
    return blocked(`the Secret ${secret} names another user than the service's role ${service.role}`, [
      { text: `set \`role\` in the record of ${service.name} in catalog/ to that user: it owns what is in the database` },
    ]);
  switch (outcome) {
    case "none":
      return blocked(`no key of the Secret ${secret} is a password by its name, and none has a URI of ${service.role}'s`, [
        { ...inFile(facts, { adopt: { secret, key: "KEY" } }), text: "name the key, in the stack's file" },
      ]);
    case "failed":
      return blocked(`no login as ${service.role} with the Secret ${secret}: ${attempt.why}`, [
        { text: "fix that: only a login shows whether it is the password" },
      ]);
    case "refused":
      return blocked(
        `they have drifted: Postgres refuses what the Secret ${secret} says for ${service.role}, so something else is the truth`,
        drifted(attempt, facts, context),
      );
    case "accepted": {
      const wanted = {
        adopt: { secret, ...(key === "password" ? {} : { key }), ...(form === undefined ? {} : { form }) },
        ...typeOf(facts, secret),
      };
      const isSet =
        service.adopt?.secret === secret &&
        (service.rotation.strategy === "inPlace" || isListed(service.rotation.entry.owner)) &&
        service.adopt.key === key &&
        (service.adopt.form === "uri") === (form === "uri") &&
        service.secretType === (typeOf(facts, secret).secretType ?? service.secretType);
      return { isDone: isOn && isSet, why: WHY, items: isOn && isSet ? [] : [inFile(facts, wanted)] };
    }
  }
}

/** Kubernetes cannot change the type of the Secret that the application reads. */
function typeOf({ service, secret }: ServiceFacts, adopted: string): { secretType?: string } {
  const isOwn = secret !== undefined && adopted === service.secret;
  return isOwn && secret.type !== service.template.type && SETTABLE.includes(secret.type) ? { secretType: secret.type } : {};
}

function inFile({ service }: ServiceFacts, wanted: { adopt?: object }): Item {
  // Where logins take turns, the adopted one is the one before the first of them.
  const turns = wanted.adopt !== undefined && service.rotation.strategy === "alternating";
  const rotation = { services: { [service.name]: switched("inPlace", { generation: ADOPTED }) } };
  return { text: "in the stack's file", yaml: settings({ services: { [service.name]: wanted }, ...(turns ? { rotation } : {}) }) };
}

function drifted({ secret, key = "password", form }: Attempt, facts: ServiceFacts, { commands }: Context): Item[] {
  const { service, writers } = facts;
  const sessions = `select usename, datname, client_addr, application_name, pg_catalog.count(*) from pg_catalog.pg_stat_activity where usename = ${literal(service.role)} group by 1, 2, 3, 4`;
  const value = `${commandLine("printf", '{"data":{%s:"%s"}}', JSON.stringify(key))} "$(printf %s "$PASSWORD" | base64 | tr -d '\\n')"`;
  return [
    {
      text: "who logs in today, and from where? What they have is the truth: another Secret, a ConfigMap, a .env",
      commands: [commands.sql(sessions)],
    },
    ...(writers.length === 0
      ? []
      : [
          {
            text: "let go of the Secret first (the step before): External Secrets writes over what is changed in it, also where it fetches no more",
          },
        ]),
    form === "uri"
      ? {
          text: `put that password into the URI that the key ${key} of the Secret ${secret} has, percent-encoded, and leave the rest of it as it is; never the Secret's into Postgres: it would lock out who logs in today. No command is printed for it, which would write over the URI`,
        }
      : {
          text: "put that password into the Secret, never the Secret's into Postgres: it would lock out who logs in today. It is typed, and in no argument (bash)",
          commands: [`read -rs PASSWORD && ${value} | ${commands.patchFromInput(["secret", secret])}; unset PASSWORD`],
        },
    {
      text: "does nobody log in, and nobody know the password? Then the Secret's is as good as any: name it in `adopt`, and the `up` gives it to Postgres",
    },
  ];
}

function blocked(why: string, items: readonly Item[]): StepState {
  return { isDone: false, why, blocked: why, items };
}
