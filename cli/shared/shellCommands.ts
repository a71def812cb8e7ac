import { commandLine, withNow } from "../../config/commandLine";
import { visibleJson } from "../../config/visible";
import { releaseCommands } from "../../kube/externalSecrets";
import { CNPG, EXTERNAL_SECRETS, kubectlKind, PUSH_SECRETS } from "../../kube/kinds/groups";
import { PUSH_ANNOTATION, RECONCILIATION_ANNOTATION } from "../../kube/marks";
import { isInstance } from "../../kube/primary";
import { SESSION_OPTIONS } from "../../preflight/postgres/session";
import { databaseArgument } from "./sql";

/** What the commands in findings must say to mean this stack and this cluster. */
export interface CommandContext {
  stack: string;
  namespace: string;
  cluster: string;
  /** Pod of the primary, as the Cluster's status has it. */
  primary?: string;
  /** Providers whose resources no database needs, and which take a login of their own: `vault`. @default none */
  others?: readonly string[];
  /** As they were given to this command. */
  kubeconfig?: string;
  context?: string;
  lab?: true;
}

/** An object as kubectl is told of it: `secret`, `agents-db-secret`. */
export type Named = readonly [kind: string, name: string];

/** The commands that fix it, as a shell takes them. */
export class Commands {
  constructor(private readonly about: CommandContext) {}

  /** The same about objects of another namespace. */
  in(namespace: string): Commands {
    return new Commands({ ...this.about, namespace });
  }

  /** Makes CloudNativePG compare the inline roles and their passwords with what is declared, now. */
  look(): string {
    return withNow(
      this.#kubectl("annotate", ...this.#here([kubectlKind("clusters", CNPG), this.about.cluster]), "--overwrite"),
      RECONCILIATION_ANNOTATION,
    );
  }

  /**
   * Makes CloudNativePG apply a Database or DatabaseRole again, which it otherwise does only when its spec changes.
   *
   * @param forgotten parts of its status that nothing in its spec accounts for
   */
  reapply(plural: "databases" | "databaseroles", name: string, forgotten: readonly string[] = []): string {
    const status = { observedGeneration: 0, ...Object.fromEntries(forgotten.map((key) => [key, null])) };
    const object = this.#here([kubectlKind(plural, CNPG), name]);
    return this.#kubectl("patch", ...object, "--subresource=status", "--type=merge", "-p", visibleJson({ status }));
  }

  /** Gives a Database or DatabaseRole its spec back. */
  specify(plural: "databases" | "databaseroles", name: string, spec: Readonly<Record<string, unknown>>): string {
    return this.patch([kubectlKind(plural, CNPG), name], { spec });
  }

  /** Makes Pulumi look at what is there, and write again what is not as it wrote it. Vault is not asked: it may be away, and would take a token. */
  rewrite(): string {
    const without = (this.about.others ?? []).flatMap((provider) => ["--exclude", `**$${provider}:**`]);
    return this.run("pulumi", "up", "--refresh", "--yes", "--skip-preview", ...without);
  }

  /** Gives an object metadata back. */
  mark(object: Named, kind: "labels" | "annotations", values: Readonly<Record<string, string>>): string {
    const pairs = Object.entries(values).map(([key, value]) => `${key}=${value}`);
    return this.#kubectl(kind === "labels" ? "label" : "annotate", ...this.#here(object), "--overwrite", ...pairs);
  }

  removeKey(secret: string, key: string): string {
    return this.#removeAt(["secret", secret], `/data/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`);
  }

  /** Takes all owners, or all finalizers, from an object. */
  removeMetadata(object: Named, field: "ownerReferences" | "finalizers"): string {
    return this.#removeAt(object, `/metadata/${field}`);
  }

  remove(object: Named): string {
    return this.#kubectl("delete", ...this.#here(object));
  }

  /** Removes an object and nothing that belongs to it. */
  removeAlone(object: Named): string {
    return this.#kubectl("delete", ...this.#here(object), "--cascade=orphan");
  }

  describe(object: Named): string {
    return this.#kubectl("describe", ...this.#here(object));
  }

  /** Makes External Secrets copy a Secret into Vault now, which it otherwise does when the PushSecret changes, and every hour. */
  push(name: string): string {
    return withNow(
      this.#kubectl("annotate", ...this.#here([kubectlKind("pushsecrets", PUSH_SECRETS), name]), "--overwrite"),
      PUSH_ANNOTATION,
    );
  }

  /** Removes an ExternalSecret, not the Secret that it has written, and has that written again. */
  release(externalSecret: string): string {
    return [...this.letGo(externalSecret), this.rewrite()].join(" && ");
  }

  /** The same, with that left as it is. */
  letGo(externalSecret: string): string[] {
    return releaseCommands(this.about.namespace, externalSecret).map((words) => this.#kubectl(...words));
  }

  /** Removes an ExternalSecret, and the Secret that it has written. */
  removeFetched(externalSecret: string, secret: string): string {
    const objects: Named[] = [
      [kubectlKind("externalsecrets", EXTERNAL_SECRETS), externalSecret],
      ["secret", secret],
    ];
    return objects.map((object) => this.#kubectl("delete", ...this.#here(object), "--ignore-not-found")).join(" && ");
  }

  /** Changes fields of an object. */
  patch(object: Named, change: object): string {
    return this.#kubectl("patch", ...this.#here(object), "--type=merge", "-p", visibleJson(change));
  }

  /** The same, with the change, as JSON, on its standard input: for what is to be in no argument. */
  patchFromInput(object: Named): string {
    return this.#kubectl("patch", ...this.#here(object), "--type=merge", "--patch-file=/dev/stdin");
  }

  /** Takes an annotation away. */
  unmark(object: Named, annotation: string): string {
    return this.#kubectl("annotate", ...this.#here(object), `${annotation}-`);
  }

  /** Until it runs, the API server takes no change of CloudNativePG's objects: its webhook has to approve of them. */
  startOperator(namespace: string, name: string, replicas: number): string {
    const deployment = ["-n", namespace, "deployment", name];
    const start =
      replicas === 0 ? this.#kubectl("scale", ...deployment, "--replicas=1") : this.#kubectl("rollout", "restart", ...deployment);
    return `${start} && ${this.#kubectl("rollout", "status", ...deployment, "--timeout=120s")}`;
  }

  /** Runs statements as the superuser in the primary's pod, in the database that belongs to it. */
  sql(...statements: readonly string[]): string {
    return this.#psql([], statements);
  }

  /**
   * The same in another database. What its owner has in there is not run, as long as a statement
   * calls nothing of it.
   */
  sqlIn(database: string, ...statements: readonly string[]): string {
    return this.#psql(["-d", databaseArgument(database)], statements);
  }

  /** Another command on the same stack: `preview`, `drift`, `smoke`. */
  run(script: string, ...args: readonly string[]): string {
    return commandLine("npm", "run", script, "--", ...this.#target(), "--stack", this.about.stack, ...args);
  }

  up(): string {
    return this.run("up");
  }

  rotate(service: string): string {
    return this.run("rotate", service);
  }

  /** The same, by two logins that take turns from then on. */
  alternate(service: string): string {
    return this.run("rotate", "--strategy", "alternating", service);
  }

  retire(service: string): string {
    return this.run("retire", service);
  }

  /** What runs by itself, or with another's rights, in a service's database. */
  inspect(service: string): string {
    return this.run("inspect", service);
  }

  #psql(where: readonly string[], statements: readonly string[]): string {
    const { cluster, namespace, primary } = this.about;
    // A status is written by whoever may write it, the instances themselves among them.
    const pod = primary !== undefined && isInstance(cluster, primary) ? primary : `${cluster}-1`;
    return this.#kubectl(
      ...["exec", "-n", namespace, pod, "-c", "postgres", "--"],
      ...["env", `PGOPTIONS=${SESSION_OPTIONS}`, "psql", "-Xq", "-v", "ON_ERROR_STOP=1", ...where],
      ...statements.flatMap((statement) => ["-c", statement]),
    );
  }

  #removeAt(object: Named, path: string): string {
    return this.#kubectl("patch", ...this.#here(object), "--type=json", "-p", visibleJson([{ op: "remove", path }]));
  }

  #here([kind, name]: Named): string[] {
    return ["-n", this.about.namespace, kind, name];
  }

  #kubectl(...words: readonly string[]): string {
    return commandLine("npm", "run", "kubectl", "--", ...this.#target(), ...words);
  }

  #target(): string[] {
    const { kubeconfig, context, lab } = this.about;
    return [
      ...(lab ? ["--lab"] : []),
      ...(kubeconfig === undefined ? [] : ["--kubeconfig", kubeconfig]),
      ...(context === undefined ? [] : ["--context", context]),
    ];
  }
}
