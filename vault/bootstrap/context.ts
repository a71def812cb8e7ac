import type { BootstrapConfiguration } from "./configuration";
import type { Ask } from "../../kube/http";
import type { KubeApi } from "./kubeApi";
import type { VaultApi } from "./vaultApi";

/** What the steps of a run share. */
export interface Context {
  readonly configuration: BootstrapConfiguration;
  readonly vault: VaultApi;
  /** For the one request that must not be repeated. */
  readonly askVaultOnce: Ask;
  readonly kube: KubeApi;
  /** Notes that something was changed, in words without values. */
  readonly changed: (what: string) => void;
  /** Says what is being waited for. */
  readonly waiting: (what: string) => void;
  /** @throws {FixableError} Once the run has taken as long as it may: the next one goes on. */
  readonly sleep: (milliseconds: number) => Promise<void>;
}
