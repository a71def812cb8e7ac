import { z } from "zod";
import { problemsOf, withoutMisspelt } from "../config/messages";
import type { Problem } from "../config/problem";
import { dnsLabel, ownLabels } from "../config/primitives";
import { attributes, memberOf, settings } from "../config/roles";
import { templateDefinition, workload } from "../config/schema";
import { isPlain } from "../config/visible";
import type { BundleRecord } from "./bundles/record";
import type { ExternalSecretRecord } from "./externalSecret";
import type { GateRecord } from "./gateRecord";
import type { ProfileName, ProfileRecord, ServiceRecord } from "./record";
import { templates } from "./templates";

/** Any reference: how it is written is judged where it is resolved. */
const remoteRef = z.union([z.string(), z.looseObject({ key: z.string() })], {
  error: "is neither `path#property` nor a mapping with `key`",
});

/** Texts that reports, pages and Postgres's comments have, each on a line of theirs. */
const sentence = z.string().refine((text) => isPlain(text.trimEnd()), "has a line break in it, or a character that is not seen");

/** Types by which Kubernetes puts something into a Secret, or takes it for a right. */
const TOKENS: Readonly<Record<string, string>> = {
  "kubernetes.io/service-account-token": "has Kubernetes put a token of an account into the Secret, and the token does not expire",
  "bootstrap.kubernetes.io/token": "is a token by which machines join a cluster, where Kubernetes takes it for one",
};
const secretType = z.string().superRefine((type, context) => {
  const message = TOKENS[type];
  if (message !== undefined) context.addIssue({ code: "custom", message });
});

const externalSecret = z.strictObject({
  name: z.string(),
  type: secretType.optional(),
  // As Kubernetes takes them: External Secrets fills placeholders with secret values.
  labels: ownLabels.optional(),
  from: remoteRef.optional(),
  keys: z
    .union([z.array(z.string()), z.record(z.string(), remoteRef)], { error: "is neither a list of keys nor a mapping of them" })
    .optional(),
  refreshInterval: z.string().optional(),
  restart: z.enum(["reloader", "none"]).optional(),
});

const chosenSecret = z
  // Editors offer the program's own; others are the catalogue's and the stack's.
  .strictObject({
    name: z.string().optional(),
    template: z.union([z.enum(Object.keys(templates) as [string, ...string[]]), z.string()]).optional(),
  });

const PROFILES = ["migrator", "writer", "reader"] as const satisfies readonly ProfileName[];

const profile = z.strictObject({
  profile: z.enum(PROFILES).optional(),
  description: sentence.optional(),
  role: z.string().optional(),
  secret: chosenSecret.optional(),
  namespaces: z.array(dnsLabel).optional(),
  connectionLimit: z.number().optional(),
  workloads: z.array(workload).optional(),
  applicationSettings: z.array(sentence).optional(),
});

const profiles = z.record(dnsLabel, profile).superRefine((all, context) => {
  for (const [name, entry] of Object.entries(all))
    if (entry.profile === undefined && !(PROFILES as readonly string[]).includes(name))
      context.addIssue({
        code: "custom",
        path: [name],
        message: "does not say what it may do",
      });
});

/** A record's fields, as the program reads them: types are gone when it runs. */
export const serviceRecord = z.strictObject({
  name: z.string(),
  description: sentence,
  role: z.string().optional(),
  database: z.string().optional(),
  extensions: z
    .array(
      z.strictObject({
        name: z.string(),
        version: z.string().optional(),
        schema: z.string().optional(),
        reason: sentence.optional(),
      }),
    )
    .optional(),
  schemas: z.array(z.string()).optional(),
  creation: z
    .strictObject({
      encoding: sentence.optional(),
      collate: sentence.optional(),
      ctype: sentence.optional(),
      template: z.string().optional(),
    })
    .optional(),
  foreignOwners: z.array(z.string()).optional(),
  secret: chosenSecret.optional(),
  namespaces: z.array(dnsLabel).optional(),
  connectionLimit: z.number().optional(),
  attributes: attributes.optional(),
  memberOf: memberOf.optional(),
  settings: settings.optional(),
  workloads: z.array(workload).optional(),
  externalSecrets: z.array(externalSecret).optional(),
  applicationSettings: z.array(sentence).optional(),
  profiles: profiles.optional(),
  bootstrapOwner: z.literal(true).optional(),
});

export const bundleRecord = z.strictObject({
  name: z.string(),
  description: sentence,
  namespace: z.string().optional(),
  externalSecrets: z.array(externalSecret),
});

export const gateRecord = z.strictObject({
  name: z.string(),
  description: sentence,
  secrets: z.array(z.string()).min(1, "is empty"),
});

/** A template of a catalogue, which has the name of its file. */
export const templateRecord = templateDefinition.extend({ name: z.string() });

// A field that a record's type gets is one that is read here, too.
serviceRecord.shape satisfies Readonly<Record<keyof ServiceRecord, unknown>>;
profile.shape satisfies Readonly<Record<keyof ProfileRecord, unknown>>;
bundleRecord.shape satisfies Readonly<Record<keyof BundleRecord, unknown>>;
gateRecord.shape satisfies Readonly<Record<keyof GateRecord, unknown>>;
externalSecret.shape satisfies Readonly<Record<keyof ExternalSecretRecord, unknown>>;

/** Records that can be read, and what is wrong with the others. */
export interface Sound<T> {
  readonly sound: readonly T[];
  readonly problems: readonly Problem[];
}

/** The templates of a catalogue that can be read. */
export function soundTemplates<T>(records: readonly T[]): Sound<T> {
  return soundOf(records, templateRecord, "catalog.templates");
}

/** The records of services whose fields are what they should be. */
export function soundServices<T>(records: readonly T[]): Sound<T> {
  return soundOf(records, serviceRecord, "catalog");
}

/** The same of bundles. */
export function soundBundles<T>(records: readonly T[]): Sound<T> {
  return soundOf(records, bundleRecord, "catalog.bundles");
}

/** The same of gates. */
export function soundGates<T>(records: readonly T[]): Sound<T> {
  return soundOf(records, gateRecord, "catalog.gates");
}

function soundOf<T>(records: readonly T[], schema: z.ZodObject, at: string): Sound<T> {
  const sound: T[] = [];
  const problems = records.flatMap((record, index): Problem[] => {
    const parsed = schema.safeParse(record, { reportInput: true });
    if (parsed.success) {
      sound.push(record);
      return [];
    }
    const named = (record as { name?: unknown } | undefined)?.name;
    const path = `${at}.${typeof named === "string" && named !== "" ? named : index}`;
    const found = parsed.error.issues.flatMap((issue) => problemsOf(issue, "the record", schema));
    return withoutMisspelt(found).map((problem) => ({ ...problem, path: problem.path === "" ? path : `${path}.${problem.path}` }));
  });
  return { sound, problems };
}
