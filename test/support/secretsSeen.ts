import type { LiveExternalSecret, LiveStore, Missing, Seen } from "../../components/gate/types";
import type { Get } from "../../kube/live";
import type { ExpectedSecret } from "../../catalog/expectedSecrets";

/** A database's Secret and one that is fetched, in two namespaces. */
export const DATABASE: ExpectedSecret = {
  owner: "agents",
  kind: "service",
  namespace: "apps",
  name: "agents-db-secret",
  keys: ["user", "password"],
  source: "database",
};
export const FETCHED: ExpectedSecret = {
  owner: "tools",
  kind: "bundle",
  namespace: "tools",
  name: "tools-login",
  keys: ["username", "password"],
  source: "vault",
};

/** Fetched, and as the object asks for. */
export function liveExternalSecret(change: Partial<LiveExternalSecret["status"]> = {}): LiveExternalSecret {
  return {
    metadata: { name: "tools-login", generation: 2 },
    spec: {
      secretStoreRef: { name: "ameide-vault" },
      data: [
        { remoteRef: { key: "tools/tools-login", property: "username" } },
        { remoteRef: { key: "tools/tools-login", property: "password" } },
      ],
    },
    status: { conditions: [{ type: "Ready", status: "True", message: "secret synced" }], syncedResourceVersion: "2-abc", ...change },
  };
}

export const failing = (message = "could not get secret data from provider") => ({
  conditions: [
    { type: "Deleted", status: "True" },
    { type: "Ready", status: "False", message },
  ],
});

export function liveStore(status: LiveStore["status"] = { conditions: [{ type: "Ready", status: "True" }] }): LiveStore {
  return { metadata: { name: "ameide-vault" }, ...(status === undefined ? {} : { status }) };
}

/** Both of them, with everything. */
export function seen(change: { [K in keyof Seen]?: [string, Seen[K] extends ReadonlyMap<string, infer V> ? V : never][] } = {}): Seen {
  const secrets: [string, ReadonlySet<string>][] = [
    ["apps/agents-db-secret", new Set(["user", "password", "uri"])],
    ["tools/tools-login", new Set(["username", "password"])],
  ];
  return {
    externalSecrets: new Map(change.externalSecrets ?? [["tools/tools-login", liveExternalSecret()]]),
    secrets: new Map(change.secrets ?? secrets),
    warnings: new Map(change.warnings ?? []),
  };
}

/** Each as a line, its owner first. */
export function linesOf(missing: readonly Missing[]): string[] {
  return missing.map(({ owner, kind, what, said, remedy }) => {
    const reason = said === undefined ? "" : ` (${said})`;
    return `${kind} ${owner}: ${what}${reason}; ${remedy}`;
  });
}

/**
 * An API server that knows these answers, bodies or a status, and notes what it is asked. Any other
 * question is an error.
 */
export function answering(answers: Readonly<Record<string, number | object>>): { get: Get; asked: string[] } {
  const asked: string[] = [];
  const get: Get = (path) => {
    asked.push(path);
    const answer = answers[path];
    if (answer === undefined) return Promise.reject(new Error(`nobody has said how to answer ${path}`));
    return Promise.resolve(typeof answer === "number" ? { status: answer, body: {} } : { status: 200, body: answer });
  };
  return { get, asked };
}
