import * as pulumi from "@pulumi/pulumi";
import { ruleObject, vaultRuleObject } from "../../catalog/alertNames";
import { endings, type Ending, type WatchedCredential } from "./recordings";
import { ruleGroups } from "./rules";
import { PrometheusRule } from "../../kube/kinds/prometheusRule";
import { metadata, type Placement } from "../metadata";

export interface CredentialAlertsArgs {
  /** Name of the Cluster, whose name the rules' metrics have in their labels. Changing it makes another object. */
  cluster: string;
  place: Placement;
  /** The services that are watched. Only when each password was made is known late; what the rules are never depends on it. */
  credentials: readonly WatchedCredential[];
  /** What has signed Postgres's certificate. @default nothing */
  certificates?: readonly Ending[];
  /** Address of docs/alerts.md. Alerts then have `runbook_url`. @default none */
  runbookUrl?: string | undefined;
}

/**
 * The alerts of a stack's credentials, as a PrometheusRule. Prometheus takes it when its `ruleSelector` and `ruleNamespaceSelector` do. A rotation rewrites the
 * times in it; nothing waits for it, and it takes no part in whether a credential works.
 */
export class CredentialAlerts extends pulumi.ComponentResource {
  readonly rule: PrometheusRule;

  constructor(name: string, args: CredentialAlertsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("cnpg-credentials:index:CredentialAlerts", name, {}, opts);
    const { cluster, place, credentials, certificates, runbookUrl } = args;
    const scope = { namespace: place.namespace, cluster, stack: place.stack, ...(runbookUrl === undefined ? {} : { runbookUrl }) };
    this.rule = new PrometheusRule(
      name,
      { metadata: metadata(place, ruleObject(cluster)), spec: { groups: ruleGroups(scope, credentials, certificates) } },
      { parent: this },
    );
    this.registerOutputs();
  }
}

/** Until when Vault's certificate is good: a rule of its own, so that the others do not wait for Vault. Their alert reads it. */
export class VaultCertificateAlert extends pulumi.ComponentResource {
  constructor(
    name: string,
    { cluster, place, certificate }: { cluster: string; place: Placement; certificate: Ending },
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("cnpg-credentials:index:VaultCertificateAlert", name, {}, opts);
    const scope = { namespace: place.namespace, cluster, stack: place.stack };
    const groups = [{ name: `${scope.namespace}-${cluster}-vault.known`, rules: endings(scope, [certificate]) }];
    new PrometheusRule(name, { metadata: metadata(place, vaultRuleObject(cluster)), spec: { groups } }, { parent: this });
    this.registerOutputs();
  }
}
