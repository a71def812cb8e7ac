import { OWNER_ANNOTATION } from "../kube/marks";
import { foreignPodFields, type Fields } from "./podFields";
import type { Additions } from "./types";

/** What an object of the API server's says of who has put what into it. */
export interface Written {
  readonly ownerReferences?: readonly { readonly kind: string; readonly name: string }[];
  readonly finalizers?: readonly string[];
  readonly managedFields?: readonly Entry[];
}

interface Entry {
  readonly manager?: string;
  readonly operation?: string;
  readonly subresource?: string;
  readonly fieldsV1?: Readonly<{ [field: string]: unknown }>;
}

/**
 * What somebody else has put into an object, by the API server's record of who has written which
 * field. It has names and no values, so that no Secret is read for it.
 */
export function additionsOf({ ownerReferences = [], finalizers = [], managedFields = [] }: Written): Additions | undefined {
  const others = managedFields.filter((entry) => !isProvider(entry)).map(({ fieldsV1 = {} }) => fieldsV1);
  // What was applied as `stringData` is recorded as that.
  const keys = others.flatMap((fields) => [...namesIn(fields["f:data"]), ...namesIn(fields["f:stringData"])]);
  // Who has written an ExternalSecret's Secret is told of by what looks at those.
  const owners = ownerReferences.filter(({ kind }) => kind !== "ExternalSecret").map(({ kind, name }) => `${kind}/${name}`);
  const isImmutable = others.some((fields) => "f:immutable" in fields);
  // A webhook's change of an object that the provider applies is recorded as the provider's update.
  const podFields = foreignPodFields(
    managedFields.flatMap((entry) => (isProviders(entry) || entry.subresource ? [] : [(entry.fieldsV1 ?? {}) as Fields])),
    managedFields.flatMap((entry) => (isProvider(entry) ? [(entry.fieldsV1 ?? {}) as Fields] : [])),
  );
  if (keys.length + owners.length + finalizers.length + podFields.length === 0 && !isImmutable) return undefined;
  return {
    ...(keys.length === 0 ? {} : { keys: [...new Set(keys)].sort() }),
    ...(isImmutable ? { immutable: true } : {}),
    ...(owners.length === 0 ? {} : { owners }),
    ...(finalizers.length === 0 ? {} : { finalizers }),
    ...(podFields.length === 0 ? {} : { podFields }),
  };
}

/** Whether it is what Pulumi's provider has applied for this program: it takes away again what it does not want any more. */
function isProvider({ manager, operation, fieldsV1 = {} }: Entry): boolean {
  const { "f:annotations": annotations } = (fieldsV1["f:metadata"] ?? {}) as Readonly<Record<string, object | undefined>>;
  return operation === "Apply" && isProviders({ manager }) && `f:${OWNER_ANNOTATION}` in (annotations ?? {});
}

const isProviders = ({ manager = "" }: Pick<Entry, "manager">): boolean => /^pulumi-kubernetes\b/.test(manager);

const namesIn = (fields: unknown) => Object.keys(fields ?? {}).flatMap((field) => (field.startsWith("f:") ? [field.slice(2)] : []));
