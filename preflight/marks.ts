import {
  AUTHORITIES_ANNOTATION,
  CHANGED_ANNOTATION,
  FIRST_ANNOTATION,
  GENERATION_ANNOTATION,
  LOGIN_ANNOTATION,
  NAMESPACES_ANNOTATION,
  OWNER_ANNOTATION,
  PREVIOUS_ANNOTATION,
  PROTECTION_ANNOTATION,
  SERVICE_LABEL,
  STACK_LABEL,
  TEMPLATE_ANNOTATION,
  TLS_ANNOTATION,
} from "../kube/marks";
import { dnsLabel } from "../config/primitives";
import { additionsOf } from "./managedFields";
import type { Marks } from "./types";
import { MANAGED_LABEL } from "../kube/externalSecrets";
import { METADATA_ONLY_ONE, type Ask } from "../kube/client";
import { lastWritten, type Known } from "../kube/live";

/** What an object of the API server's says of itself. */
export interface Metadata {
  name: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  ownerReferences?: { kind: string; name: string; controller?: boolean }[];
  finalizers?: string[];
  managedFields?: { manager?: string; operation?: string; subresource?: string; time?: string; fieldsV1?: Record<string, unknown> }[];
}

export function marksOf(metadata: Metadata): Marks {
  const { name, labels = {}, annotations = {}, ownerReferences = [], managedFields = [] } = metadata;
  const added = additionsOf(metadata);
  const [owner, login] = [annotations[OWNER_ANNOTATION], annotations[LOGIN_ANNOTATION]];
  const [previous, generation] = [annotations[PREVIOUS_ANNOTATION], annotations[GENERATION_ANNOTATION]];
  const [first, madeAt] = [annotations[FIRST_ANNOTATION], annotations[CHANGED_ANNOTATION]];
  const [authorities, tls] = [annotations[AUTHORITIES_ANNOTATION], annotations[TLS_ANNOTATION]];
  // Others may write it: another text than a name would make another question to the API server.
  const namespaces = annotations[NAMESPACES_ANNOTATION]?.split(",").filter((one) => dnsLabel.safeParse(one).success);
  const [stack, service] = [labels[STACK_LABEL], labels[SERVICE_LABEL]];
  const fetchedFor = ownerReferences.find(({ kind, controller }) => kind === "ExternalSecret" && controller === true)?.name;
  const changedAt = lastWritten({ metadata: { name, managedFields } });
  return {
    name,
    ...(owner === undefined ? {} : { owner }),
    ...(stack === undefined ? {} : { stack }),
    ...(service === undefined ? {} : { service }),
    ...(login === undefined ? {} : { login }),
    ...(previous === undefined ? {} : { previous }),
    ...(generation === undefined ? {} : { generation }),
    ...(first === undefined ? {} : { first }),
    ...(madeAt === undefined ? {} : { madeAt }),
    ...(authorities === undefined ? {} : { authorities }),
    ...(tls === undefined ? {} : { tls }),
    ...(namespaces === undefined ? {} : { namespaces }),
    ...(annotations[TEMPLATE_ANNOTATION] === undefined ? {} : { template: annotations[TEMPLATE_ANNOTATION] }),
    ...(annotations[PROTECTION_ANNOTATION] === "protected" ? { isProtected: true } : {}),
    ...(fetchedFor === undefined ? {} : { fetchedFor }),
    ...(labels[MANAGED_LABEL] === "true" ? { fetched: true } : {}),
    ...(changedAt === undefined ? {} : { changedAt: new Date(changedAt) }),
    ...(added === undefined ? {} : { added }),
  };
}

const INDEXES = new WeakMap<readonly { readonly name: string }[], ReadonlyMap<string, unknown>>();

/** The one of that name, of a list that nobody changes any more: it is looked through once, however many are looked for. */
export function named<T extends { readonly name: string }>(list: readonly T[] | undefined, name: string | undefined): T | undefined {
  if (list === undefined || name === undefined) return undefined;
  let index = INDEXES.get(list) as ReadonlyMap<string, T> | undefined;
  // Of two the first counts.
  if (index === undefined) INDEXES.set(list, (index = new Map(list.toReversed().map((one) => [one.name, one]))));
  return index.get(name);
}

/** The same of objects by their names; those that are not there are left out. */
export async function marksByName(ask: Ask, path: string, names: readonly string[]): Promise<Known<Marks[]>> {
  const answers = await Promise.all([...new Set(names)].map((name) => ask("GET", `${path}/${name}`, { accept: METADATA_ONLY_ONE })));
  if (answers.some(({ status }) => status === 401 || status === 403)) return "unknown";
  return answers.flatMap(({ status, body }) => (status === 200 ? marksOf((body as { metadata: Metadata }).metadata) : []));
}
