// The resources of a stack of the program, registered by hand: the same number of the same kinds with the same inputs, which depend on the same others. No
// configuration schema, no checks, no question to the cluster, no components' code; what it takes is what Pulumi takes.
import * as fs from "node:fs";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { SECRET, SIGNATURE, type Recorded } from "../recorded";

// As in the program, so that the comparison is of the rest.
delete (Error as Partial<ErrorConstructor>).prepareStackTrace;

type Class = new (name: string, inputs: object, opts: pulumi.CustomResourceOptions) => pulumi.CustomResource;

const RANDOM = random as unknown as Record<string, Class>;
const GROUPS = k8s as unknown as Record<string, Record<string, Record<string, Class>> | undefined>;
const made = new Map<string, pulumi.Resource>();

for (const one of JSON.parse(fs.readFileSync(new pulumi.Config().require("resources"), "utf8")) as Recorded[])
  made.set(one.urn, register(one));

function register(one: Recorded): pulumi.Resource {
  const { type, name, custom, protect, replacementTrigger, additionalSecretOutputs } = one;
  const parent = one.parent === undefined ? undefined : made.get(one.parent);
  const provider = one.provider === undefined ? undefined : (made.get(one.provider) as pulumi.ProviderResource | undefined);
  const own = parent === undefined ? {} : { parent };
  if (!custom) return new pulumi.ComponentResource(type, name, inputsOf(one), own);
  const opts: pulumi.CustomResourceOptions = {
    ...own,
    dependsOn: one.dependsOn.flatMap((urn) => made.get(urn) ?? []),
    ...(provider === undefined ? {} : { provider }),
    ...(protect ? { protect } : {}),
    ...(replacementTrigger === undefined ? {} : { replacementTrigger }),
    ...(additionalSecretOutputs === undefined ? {} : { additionalSecretOutputs }),
  };
  return make(type, name, inputsOf(one), opts);
}

function make(type: string, name: string, inputs: Record<string, unknown>, opts: pulumi.CustomResourceOptions): pulumi.CustomResource {
  if (type === "pulumi:providers:kubernetes") return new k8s.Provider(name, truths(inputs), opts);
  if (type === "pulumi:index:Stash") return new pulumi.Stash(name, inputs as never, opts);
  const [, module = "", kind = ""] = type.split(":");
  if (type.startsWith("random:")) return new RANDOM[kind]!(name, inputs, opts);
  const [group = "", version = ""] = module.split("/");
  const known = GROUPS[group.split(".")[0]!]?.[version]?.[kind];
  return known ? new known(name, inputs, opts) : new k8s.apiextensions.CustomResource(name, inputs as never, opts);
}

/** A state has a provider's truths as text. */
function truths(inputs: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(inputs).map(([key, value]) => [key, value === "true" || (value === "false" ? false : value)]));
}

/** What is made of other resources is known no sooner than they are, as in the program. */
function inputsOf({ inputs, madeOf }: Recorded): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(inputs).map(([key, recorded]) => {
      const value = withSecrets(recorded);
      const others = (madeOf[key] ?? []).flatMap((urn) => made.get(urn) ?? []);
      const known = others.map((other) => (other instanceof pulumi.CustomResource ? other.id : other.urn));
      return [key, known.length === 0 ? value : pulumi.all([pulumi.output(value), ...known]).apply(([first]) => first)];
    }),
  );
}

function withSecrets(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withSecrets);
  if (typeof value !== "object" || value === null) return value;
  const fields = value as Record<string, unknown>;
  if (fields[SIGNATURE] === SECRET) return pulumi.secret(JSON.parse(String(fields.plaintext)));
  return Object.fromEntries(Object.entries(fields).map(([key, field]) => [key, withSecrets(field)]));
}
