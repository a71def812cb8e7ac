import { argocd } from "./argocd";
import { certManager } from "./certManager";
import { k8sDashboard } from "./k8sDashboard";
import { langfuse } from "./langfuse";
import { minio } from "./minio";
import { neo4j } from "./neo4j";
import { observability } from "./observability";
import { pgadmin } from "./pgadmin";
import type { BundleRecord } from "./record";
import { workrequestsRunner } from "./workrequestsRunner";

/** Every bundle there is. Which of them are on is the stack's choice. */
export const bundles: readonly BundleRecord[] = [
  pgadmin,
  langfuse,
  minio,
  workrequestsRunner,
  certManager,
  k8sDashboard,
  neo4j,
  observability,
  argocd,
];
