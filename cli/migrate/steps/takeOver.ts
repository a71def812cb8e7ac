import { roleObject, SLOTS } from "../../../catalog/names";
import { isSameState, OWNER_ANNOTATION } from "../../../kube/marks";
import type { ServiceFacts } from "../services";
import type { FoundObject, Item } from "../types";
import { pausing, type Context, type StepOf } from "./step";
import { CNPG, kubectlKind } from "../../../kube/kinds/groups";

/** Role, database and Secret become the program's, with what they have. */
export const takeOver: StepOf = (facts, context) => ({
  isDone: facts.isTaken,
  why: "what is there is handed over by name, and the `up` takes it up with the password that it has",
  items: facts.isTaken
    ? []
    : [
        ...facts.objects.flatMap((object) => handOver(object, facts, context)),
        ...secretToHandOver(facts, context),
        {
          text: "see what the `up` changes, then let it. It ends with a login of every service",
          commands: [context.commands.run("pulumi", "preview"), context.commands.up()],
        },
      ],
});

function handOver(object: FoundObject, { service }: ServiceFacts, { commands, mark, facts }: Context): Item[] {
  const about = [kubectlKind(`${object.kind.toLowerCase()}s`, CNPG), object.name] as const;
  const names = object.kind === "Database" ? [service.name] : SLOTS.map((slot) => roleObject(service.name, slot));
  const isNamedAlike = names.includes(object.name) && (object.kind === "Database" || facts.stack.roleApi === "databaseRole");
  const items = pausing(`${object.kind}/${object.name}`, object.gitOps);
  if (!isNamedAlike) {
    const policy = object.kind === "Database" ? "databaseReclaimPolicy" : "databaseRoleReclaimPolicy";
    items.push({
      text: `${object.kind}/${object.name} is about ${object.of}, which ${object.kind === "Database" ? `the program's own Database ${service.name}` : "the Cluster itself"} is about from now on: it goes, and what is in Postgres stays`,
      commands: [commands.patch(about, { spec: { [policy]: "retain" } }), commands.remove(about)],
    });
  } else if (!isSameState(object.mark, mark))
    items.push({
      text: `${object.kind}/${object.name} is handed over`,
      commands: [commands.mark(about, "annotations", { [OWNER_ANNOTATION]: mark })],
    });
  if (object.owner !== undefined && object.owner !== service.role)
    items.push({
      text: `the database ${object.of} belongs to ${object.owner}, and to ${service.role} from then on. Tables stay those of ${object.owner}: \`alter table … owner to ${service.role}\`, or set \`role\` in the record to ${object.owner}`,
    });
  return items;
}

/** One that is not adopted from, and would be refused. */
function secretToHandOver({ service, secret, marks, attempts }: ServiceFacts, { commands, mark }: Context): Item[] {
  const adopted = service.adopt?.secret ?? attempts.find(({ outcome }) => outcome === "accepted")?.secret;
  if (secret === undefined || adopted === undefined || adopted === secret.name || isSameState(marks?.owner, mark)) return [];
  return [
    {
      text: `the Secret ${secret.name} is handed over, to have the password of ${adopted}`,
      commands: [commands.mark(["secret", secret.name], "annotations", { [OWNER_ANNOTATION]: mark })],
    },
  ];
}
