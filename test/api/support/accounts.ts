import * as fs from "node:fs/promises";
import * as path from "node:path";
import { eventually } from "../../../lab/wait";
import { PATIENCE_SECONDS } from "./patience";
import { Api, type KubeObject } from "./client";
import { here } from "./world";

/** What an account may do, as a Role says it. */
export interface Rule {
  readonly verbs: readonly string[];
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
}

/** Rules, or a ClusterRole that there is, in a namespace; without one, in the whole cluster. */
export interface Grant {
  readonly namespace?: string;
  readonly rules: readonly Rule[];
}

const RBAC = "rbac.authorization.k8s.io";
let accounts = 0;

/**
 * Makes an account that may do this and nothing else, and returns the path of its kubeconfig, once
 * the API server goes by all of that.
 */
export async function makeAccount(namespace: string, grants: readonly Grant[]): Promise<string> {
  const { api, server } = here();
  const name = `account-${++accounts}`;
  await api.apply({ apiVersion: "v1", kind: "ServiceAccount", metadata: { name, namespace } });
  await api.apply(...grants.flatMap((grant, index) => granted(`${name}-${index}`, grant, { kind: "ServiceAccount", name, namespace })));
  const request = { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: { expirationSeconds: 3600 } };
  const tokens = `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`;
  const { status } = await api.request<{ status: { token: string } }>("POST", tokens, JSON.stringify(request));

  const config = JSON.parse(await fs.readFile(server.kubeconfig, "utf8")) as { users: { user: unknown }[] };
  config.users[0]!.user = { token: status.token };
  const file = path.join(server.directory, `${namespace}-${name}.kubeconfig`);
  await fs.writeFile(file, JSON.stringify(config), { mode: 0o600 });
  const own = await Api.of(file);
  try {
    await until(`${name} is let in`, () => own.answers("/api"));
    for (const grant of grants)
      for (const rule of grant.rules) await until(`${name} may ${rule.verbs[0]} ${rule.resources[0]}`, () => allowed(own, grant, rule));
  } finally {
    own.close();
  }
  return file;
}

function granted(name: string, { namespace, rules }: Grant, subject: object): KubeObject[] {
  const metadata = { name, ...(namespace !== undefined && { namespace }) };
  const scope = namespace === undefined ? "Cluster" : "";
  const roleRef = { apiGroup: RBAC, kind: `${scope}Role`, name };
  return [
    { apiVersion: `${RBAC}/v1`, kind: `${scope}Role`, metadata, rules },
    { apiVersion: `${RBAC}/v1`, kind: `${scope}RoleBinding`, metadata, roleRef, subjects: [subject] },
  ];
}

/** Roles and bindings are taken up one after the other. */
async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const expired = () => new Error(`not after ${PATIENCE_SECONDS} s: ${what}`);
  await eventually({ seconds: PATIENCE_SECONDS, everyMs: 20, expired }, async () => (await holds()) || undefined);
}

async function allowed(api: Api, { namespace }: Grant, { verbs, apiGroups, resources, resourceNames = [] }: Rule): Promise<boolean> {
  const [verb, group, resource, name] = [verbs[0], apiGroups[0], resources[0], resourceNames[0]];
  const resourceAttributes = { verb, group, resource, ...(name !== undefined && { name }), ...(namespace !== undefined && { namespace }) };
  const review = { apiVersion: "authorization.k8s.io/v1", kind: "SelfSubjectAccessReview", spec: { resourceAttributes } };
  const path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
  return (await api.request<{ status: { allowed: boolean } }>("POST", path, JSON.stringify(review))).status.allowed;
}
