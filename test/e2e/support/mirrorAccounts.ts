import type { Ask } from "../../../kube/http";
import { NAMESPACE } from "./lab";
import { keyOf, READER, WRITER } from "./mirror";

/** A question to Vault: method, path below `/v1/`, body. */
type Question = readonly [method: string, path: string, body?: object];

/** A first version of a copy. */
export const FIRST_VERSION = { data: { password: "x" }, options: { cas: 0 } };

/** Vault's status in its answer. */
export async function statusOf(ask: Ask, method: string, path: string, body?: object): Promise<number> {
  return (await ask(method, `/v1/${path}`, body)).status;
}

/** Paths outside the stack's own, of the name of one of its copies where there can be such. */
function elsewhere(secret: string): string[] {
  return [
    "secret/data/inference/inference-api-credentials",
    `mirror/data/${keyOf(secret, "another")}`,
    `mirror/data/prod/${NAMESPACE}/${secret}`,
    `mirror/data/dev/${secret}`,
    `mirror/metadata/${keyOf(secret, "another")}`,
  ];
}

const SYSTEM = [
  "sys/mounts",
  `sys/policies/acl/${WRITER}`,
  `auth/kubernetes/role/${WRITER}`,
  "auth/token/lookup",
  "mirror/config",
  "identity/entity/id",
  "cubbyhole/x",
];

/**
 * What the mirror may not do.
 *
 * @param own a copy that it has written itself
 */
export function deniedToWriter(secret: string, own: string): Question[] {
  return [
    ...elsewhere(secret).flatMap((path): Question[] => [
      ["GET", path],
      ["POST", path, FIRST_VERSION],
      ["DELETE", path],
    ]),
    ...SYSTEM.flatMap((path): Question[] => [
      ["GET", path],
      ["POST", path, { policy: "" }],
    ]),
    ["GET", `mirror/metadata/dev/${NAMESPACE}?list=true`],
    // What is kept, it cannot remove.
    ["DELETE", `mirror/data/${keyOf(own)}`],
    ["DELETE", `mirror/metadata/${keyOf(own)}`],
    ["POST", `mirror/destroy/${keyOf(own)}`, { versions: [1] }],
    ["POST", `mirror/undelete/${keyOf(own)}`, { versions: [1] }],
    ["POST", "auth/token/create", {}],
    ["POST", "sys/seal", {}],
  ];
}

/** What the reader of copies may not do. */
export function deniedToReader(secret: string): Question[] {
  return [
    ...[`mirror/data/${keyOf(secret)}`, `mirror/metadata/${keyOf(secret)}`].flatMap((path): Question[] => [
      ["POST", path, FIRST_VERSION],
      ["DELETE", path],
    ]),
    ...elsewhere(secret).flatMap((path): Question[] => [
      ["GET", path],
      ["POST", path, FIRST_VERSION],
    ]),
    ...SYSTEM.map((path): Question => ["GET", path]),
    ["GET", "mirror/metadata/dev?list=true"],
    ["POST", "auth/token/create", {}],
  ];
}

export const ACCOUNTS = [WRITER, READER];
