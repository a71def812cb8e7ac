import type { FixtureMap } from "./fixture";

const external = { origin: "external" } as const;
const generated = { origin: "generated" } as const;
const service = { origin: "service" } as const;
const plain = (value: string) => ({ origin: "plain", value }) as const;

// pgAdmin, for one, refuses addresses of domains that cannot have mail, `.local` among them.
const ADMINISTRATOR = plain("admin@example.com");

/**
 * What Vault is to hold: the keys of each Secret that a service or an optional bundle fetches from
 * it.
 */
export const fixtureMap: FixtureMap = {
  shared: {
    "shared/ghcr-token": { token: external },
    // MinIO's users, each by its name: MinIO has all of them, and each of its clients its own.
    "shared/object-store-users": { langfuse: generated, loki: generated, tempo: generated, workrequests: generated },

    "inference/inference-api-credentials": {
      LANGSMITH_API_KEY: external,
      OPENAI_API_KEY: external,
      LANGFUSE_PUBLIC_KEY: external,
      LANGFUSE_SECRET_KEY: external,
    },

    "keycloak/keycloak-bootstrap-admin": { username: plain("bootstrap-admin"), password: generated },
    "keycloak/keycloak-master-admin": { username: plain("admin"), password: generated },
    "keycloak/keycloak-platform-client": { "client-id": plain("platform-app"), "client-secret": service },
    "keycloak/keycloak-admin-sa-sync": { "client-id": plain("admin-sa"), "client-secret": service },

    // Plausible derives the key that it encrypts second factors with from this one.
    "plausible/plausible-secret": { "secret-key-base": { origin: "generated", length: 64 } },
    "plausible/plausible-admin": { email: ADMINISTRATOR, username: plain("admin"), password: generated },

    // Langfuse takes 256 bits in hexadecimal digits, and nothing else.
    "langfuse/langfuse": {
      "nextauth-secret": generated,
      salt: generated,
      "encryption-key": { origin: "generated", length: 64, format: "hex" },
    },
    "langfuse/langfuse-bootstrap": {
      "user-email": ADMINISTRATOR,
      "user-password": generated,
      "project-public-key": generated,
      "project-secret-key": generated,
    },

    "minio/minio-root-credentials": { "root-user": plain("minio-root"), "root-password": generated },

    "pgadmin/pgadmin-oauth-client": { "client-id": plain("pgadmin"), "client-secret": service },
    "pgadmin/pgadmin-bootstrap": { email: ADMINISTRATOR, password: generated },

    "workrequests-runner/workrequests-domain-token": { token: generated },
    "workrequests-runner/workrequests-minio-credentials": { user: plain("workrequests") },

    "argocd/argocd-oauth-client": { "client-id": plain("argocd"), "client-secret": service },

    "cert-manager/azure-dns": { "client-id": external, "client-secret": external },

    "k8s-dashboard/k8s-dashboard-oauth": { "client-id": plain("k8s-dashboard"), "client-secret": service },
    "k8s-dashboard/k8s-dashboard-cookie": { "cookie-secret": generated },

    "neo4j/neo4j-auth": { username: plain("neo4j"), password: generated },

    "observability/grafana-admin": { "admin-user": plain("admin"), "admin-password": generated },
    "observability/loki-minio": { user: plain("loki") },
    "observability/tempo-minio": { user: plain("tempo") },
    "observability/clickhouse-auth": { username: plain("clickhouse"), password: generated },
  },
  environments: {
    // The runner is not there, and DNS is the cluster's own.
    dev: {
      "shared/object-store-users": { workrequests: null },
      "workrequests-runner/workrequests-domain-token": null,
      "workrequests-runner/workrequests-minio-credentials": null,
      "cert-manager/azure-dns": null,
    },
    staging: {},
    prod: {},
  },
};
