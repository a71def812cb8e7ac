import { releaseCommands } from "../../kube/externalSecrets";
import { CNPG, kubectlKind, PUSH_SECRETS } from "../../kube/kinds/groups";
import { PUSH_ANNOTATION, RECONCILIATION_ANNOTATION } from "../../kube/marks";

/** What the commands in findings must say to mean this stack and this cluster. */
export interface CommandContext {
  stack: string;
  namespace: string;
  cluster: string;
  /** Pod of the primary. */
  primary?: string;
  /** As they were given to this command. */
  kubeconfig?: string;
  context?: string;
}

/** The commands that mend, as a shell takes them. */
export class Commands {
  constructor(private readonly about: CommandContext) {}

  /** Makes CloudNativePG compare the inline roles and their passwords with what is declared, now. */
  look(): string {
    return this.#kubectl(
      `annotate -n ${this.about.namespace} ${kubectlKind("clusters", CNPG)} ${this.about.cluster} --overwrite ${RECONCILIATION_ANNOTATION}="$(date +%s)"`,
    );
  }

  /**
   * Makes CloudNativePG apply a Database or DatabaseRole again, which it otherwise does only when its spec changes.
   *
   * @param forgotten parts of its status that nothing in its spec accounts for
   */
  reapply(plural: "databases" | "databaseroles", name: string, forgotten: readonly string[] = []): string {
    const status = { observedGeneration: 0, ...Object.fromEntries(forgotten.map((key) => [key, null])) };
    const patch = quote(JSON.stringify({ status }));
    return this.#kubectl(
      `patch -n ${this.about.namespace} ${kubectlKind(plural, CNPG)} ${name} --subresource=status --type=merge -p ${patch}`,
    );
  }

  /** Gives a Database or DatabaseRole its spec back. */
  specify(plural: "databases" | "databaseroles", name: string, spec: Readonly<Record<string, unknown>>): string {
    const patch = quote(JSON.stringify({ spec }));
    return this.#kubectl(`patch -n ${this.about.namespace} ${kubectlKind(plural, CNPG)} ${name} --type=merge -p ${patch}`);
  }

  /** Makes Pulumi look at what is there, and write again what is not as it wrote it. */
  rewrite(): string {
    return this.run("pulumi", "up --refresh --yes --skip-preview");
  }

  /** Gives an object metadata back. */
  mark(object: string, kind: "labels" | "annotations", values: Readonly<Record<string, string>>): string {
    const pairs = Object.entries(values).map(([key, value]) => quote(`${key}=${value}`));
    return this.#kubectl(`${kind === "labels" ? "label" : "annotate"} -n ${this.about.namespace} ${object} --overwrite ${pairs.join(" ")}`);
  }

  removeKey(secret: string, key: string): string {
    const patch = [{ op: "remove", path: `/data/${key.replaceAll("~", "~0").replaceAll("/", "~1")}` }];
    return this.#kubectl(`patch -n ${this.about.namespace} secret ${secret} --type=json -p ${quote(JSON.stringify(patch))}`);
  }

  remove(object: string): string {
    return this.#kubectl(`delete -n ${this.about.namespace} ${object}`);
  }

  /** Removes an object and nothing that belongs to it. */
  removeAlone(object: string): string {
    return `${this.remove(object)} --cascade=orphan`;
  }

  describe(object: string): string {
    return this.#kubectl(`describe -n ${this.about.namespace} ${object}`);
  }

  /** Makes External Secrets copy a Secret into Vault now, which it otherwise does when the PushSecret changes, and every hour. */
  push(name: string): string {
    return this.#kubectl(
      `annotate -n ${this.about.namespace} ${kubectlKind("pushsecrets", PUSH_SECRETS)} ${name} --overwrite ${PUSH_ANNOTATION}="$(date +%s)"`,
    );
  }

  /** Removes an ExternalSecret, not the Secret that it has written, and has that written again. */
  release(externalSecret: string): string {
    return [...this.letGo(externalSecret), this.rewrite()].join(" && ");
  }

  /** The same, with that left as it is. */
  letGo(externalSecret: string): string[] {
    return releaseCommands(this.about.namespace, externalSecret).map((args) => this.#kubectl(args));
  }

  /** Changes fields of an object. */
  patch(object: string, change: object): string {
    return this.#kubectl(`patch -n ${this.about.namespace} ${object} --type=merge -p ${quote(JSON.stringify(change))}`);
  }

  /** The same, with the change, as JSON, on its standard input: for what is to be in no argument. */
  patchFromInput(object: string): string {
    return this.#kubectl(`patch -n ${this.about.namespace} ${object} --type=merge --patch-file=/dev/stdin`);
  }

  /** Takes an annotation away. */
  unmark(object: string, annotation: string): string {
    return this.#kubectl(`annotate -n ${this.about.namespace} ${object} ${annotation}-`);
  }

  /** Until it runs, the API server takes no change of CloudNativePG's objects: its webhook has to approve of them. */
  startOperator(namespace: string, name: string, replicas: number): string {
    const start =
      replicas === 0 ? `scale -n ${namespace} deployment ${name} --replicas=1` : `rollout restart -n ${namespace} deployment ${name}`;
    return `${this.#kubectl(start)} && ${this.#kubectl(`rollout status -n ${namespace} deployment ${name} --timeout=120s`)}`;
  }

  /** Runs statements as the superuser in the primary's pod; `\\c` goes to another database. */
  sql(...statements: readonly string[]): string {
    const pod = this.about.primary ?? `${this.about.cluster}-1`;
    return this.#kubectl(
      `exec -n ${this.about.namespace} ${pod} -c postgres -- psql -Xq -v ON_ERROR_STOP=1 ${statements.map((statement) => `-c ${quote(statement)}`).join(" ")}`,
    );
  }

  /** Another command on the same stack: `preview`, `drift`, `smoke`. */
  run(script: string, ...args: readonly string[]): string {
    return [`npm run ${script} -- ${this.#target()}--stack ${this.about.stack}`, ...args].join(" ");
  }

  up(): string {
    return this.run("up");
  }

  rotate(service: string): string {
    return this.run("rotate", service);
  }

  /** The same, by two logins that take turns from then on. */
  alternate(service: string): string {
    return this.run("rotate", "--strategy alternating", service);
  }

  retire(service: string): string {
    return this.run("retire", service);
  }

  #kubectl(args: string): string {
    return `npm run kubectl -- ${this.#target()}${args}`;
  }

  #target(): string {
    const { kubeconfig, context } = this.about;
    return `${kubeconfig === undefined ? "" : `--kubeconfig ${quote(kubeconfig)} `}${context === undefined ? "" : `--context ${quote(context)} `}`;
  }
}

/** A word of a shell's command line. */
export function quote(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** A name as SQL has it. */
export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

export function literal(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}
