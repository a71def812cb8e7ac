import type { Finding } from "../../../cli/drift/types";
import type { World } from "./fixture";

export const LOOK =
  'npm run kubectl -- annotate -n apps clusters.postgresql.cnpg.io pg --overwrite cnpg-credentials/reconciliation-requested="$(date +%s)"';
export const REWRITE = "npm run pulumi -- --stack dev up --refresh --yes --skip-preview";
export const REAPPLY = (plural: string, name: string) =>
  `npm run kubectl -- patch -n apps ${plural}.postgresql.cnpg.io ${name} --subresource=status --type=merge -p '{"status":{"observedGeneration":0}}'`;
export const SQL =
  "npm run kubectl -- exec -n apps pg-1 -c postgres -- env 'PGOPTIONS=-c search_path=pg_catalog -c standard_conforming_strings=on' psql -Xq -v ON_ERROR_STOP=1";
export const DESCRIBE = "npm run kubectl -- describe -n apps clusters.postgresql.cnpg.io pg";

export interface Case {
  title: string;
  /** Whether roles are DatabaseRole objects. */
  objects?: true;
  breaks: (facts: World["facts"], world: World) => void;
  /**
   * Rule, subject, and key phrases of what is said and of the command; the whole is in
   * test/golden/drift.txt.
   */
  finds: [service: string | null, check: Finding["check"], subject: string, phrase: string, command: string][];
}

export const base64 = (text: string) => Buffer.from(text).toString("base64");
export const roleOf = (facts: World["facts"], name: string) => facts.catalogue!.roles.find((role) => role.name === name)!;
/** Lines of the stack's own, in the state and in the Cluster. */
export const letIn = ({ facts, state }: World, ...lines: readonly string[]) => {
  const declared = state.deployment!.resources!.find(({ type }) => type.endsWith(":Cluster"))!.inputs as {
    spec: { postgresql: { pg_hba: string[] } };
  };
  const all = [...declared.spec.postgresql.pg_hba.slice(0, -1), ...lines, ...declared.spec.postgresql.pg_hba.slice(-1)];
  declared.spec.postgresql.pg_hba = all;
  facts.cluster!.spec.postgresql!.pg_hba = all;
};
export const refused = (facts: World["facts"], code: string | undefined, message: string) => {
  facts.logins[0] = { service: "agents", milliseconds: 5, error: { message, ...(code === undefined ? {} : { code }) } };
};
