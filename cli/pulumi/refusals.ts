import { FixableError } from "../../config/fixableError";
import { commandLine } from "../../config/commandLine";
import { projectName } from "../stack/project";

/** Commands that work with the providers of the state without the program. */
const WITHOUT_PROGRAM = new Set(["refresh", "destroy", "down", "dn"]);
const WITH_PROGRAM = new Set(["up", "update", "preview", "pre"]);

const KNOWN = new Set([...WITHOUT_PROGRAM, ...WITH_PROGRAM, "import", "policy"]);

/** A command of those, with what follows it. Options of pulumi's own may stand before it. */
function wordsOf(args: readonly string[]): readonly string[] {
  const words = args.filter((one) => !one.startsWith("-"));
  const at = words.findIndex((one) => KNOWN.has(one));
  return at < 0 ? [] : words.slice(at);
}

/** Whether the providers of the state are needed before the program is run. */
export function beginsWithProviders(args: readonly string[]): boolean {
  const [command = ""] = wordsOf(args);
  return WITHOUT_PROGRAM.has(command) || (WITH_PROGRAM.has(command) && args.some((one) => /^(--refresh(=true)?|-r)$/.test(one)));
}

/**
 * Refuses command lines of pulumi's that could not do here what they are for.
 *
 * @throws FixableError with the command that does
 */
export function refuse(args: readonly string[], stack: string): void {
  const words = wordsOf(args);
  const [command] = words;
  const has = (...names: readonly string[]) => args.some((one) => names.some((name) => one === name || one.startsWith(`${name}=`)));
  if (command === "policy" && words[1] === "publish")
    throw new FixableError(
      "the policy pack cannot be published: it judges by the catalogue of the clone that it is in, of which nothing would be uploaded",
      `name it where it is to judge: \`${commandLine("cnpg-credentials", "pulumi", "preview", "--stack", stack, "--policy-pack", "policy")}\` (docs/policy.md)`,
    );
  if (command === "import") refuseImport(words, has, stack);
}

/**
 * What is imported by its type, name and id alone belongs to no component and has the machine's own
 * provider: the next `up` would want to delete it.
 */
function refuseImport([, type = ""]: readonly string[], has: (...names: readonly string[]) => boolean, stack: string): void {
  if (type.startsWith("kubernetes:"))
    throw new FixableError(
      `an \`up\` takes up by itself what it finds in Kubernetes with this state's mark; imported, ${type} would be none of the program's, and the next \`up\` would want to delete it`,
      "run `up`; for a password that is there, set `services.<service>.adopt`; for objects of a lost state, `takeOver` (docs/runbooks/lost-state.md)",
    );
  if (type === "" || has("--file", "-f") || (has("--parent") && has("--provider"))) return;
  const urn = `urn:pulumi:${stack}::${projectName()}::`;
  throw new FixableError(
    `without its component and its provider, ${type} would be none of the program's, and the next \`up\` would want to delete it`,
    `give both by their URNs: --parent NAME=${urn}TYPE::NAME --provider NAME=${urn}pulumi:providers:PACKAGE::NAME (\`pulumi stack --show-urns\`)`,
  );
}
