import * as pulumi from "@pulumi/pulumi";
import type { Environment } from "../../config/environment";
import type { VaultConfig } from "../../config/schema";
import { vaultAccess } from "../../vault/access";
import { planFixtures, type Fixtures } from "../../vault/fixtures";
import type { Placement } from "../metadata";
import type { AzureKey } from "./azureKey";
import { VaultBootstrap } from "./bootstrap";
import type { VaultEndpoint } from "./endpoint";
import { fixtureValues } from "./fixtureValues";
import type { DeployedVault } from "./names";
import { VaultServer } from "./server";
import type { Seal } from "./serverConfig";

export interface VaultArgs {
  config: VaultConfig;
  environment: Environment;
  /** The stack's. */
  place: Placement;
  protection: "none" | "protected";
  /** What unseals it, where that is a key in Azure. */
  azureKey: AzureKey | undefined;
  /** What it is to hold in this environment. */
  fixtures: Fixtures;
  /** Third parties' values from the stack's configuration, by `<owner>/<name>#<key>`. */
  given: Readonly<Record<string, pulumi.Output<string>>>;
}

/** Vault as the stack has it: its own or somebody else's, and set up by whom the configuration names. */
export class Vault extends pulumi.ComponentResource {
  /** Where External Secrets reaches it, once it has been set up. */
  readonly endpoint: VaultEndpoint;

  constructor(name: string, args: VaultArgs, opts?: pulumi.ComponentResourceOptions) {
    super("cnpg-credentials:index:Vault", name, {}, opts);
    const { config, environment } = args;
    const { server } = config;
    const place = server.kind === "deployed" ? { ...args.place, namespace: server.namespace } : args.place;
    const endpoint =
      server.kind === "deployed"
        ? new VaultServer(
            `${name}-server`,
            { server, place, seal: sealOf(server, args.azureKey), protection: args.protection },
            { parent: this },
          ).endpoint
        : { address: server.address, ...(server.ca === undefined ? {} : { ca: server.ca }), ready: [] };
    const ready = [...endpoint.ready];
    if (config.configuration.by === "cronJob" && server.kind === "deployed") {
      if (environment !== "dev") throw new Error("config/checkVault lets no CronJob out of dev");
      const planned = planFixtures(args.fixtures, environment, new Set(Object.keys(args.given)));
      const bootstrap = new VaultBootstrap(
        `${name}-bootstrap`,
        {
          environment,
          config,
          server,
          image: config.configuration,
          vault: endpoint,
          place,
          access: vaultAccess(config, environment, args.place.namespace),
          fixtures: fixtureValues(planned, args.given, { parent: this }),
        },
        { parent: this },
      );
      ready.push(bootstrap.firstRun);
    }
    this.endpoint = { ...endpoint, ready };
    this.registerOutputs();
  }
}

function sealOf({ seal }: DeployedVault, azureKey: AzureKey | undefined): Seal {
  if (seal.type !== "azurekeyvault") return seal;
  if (azureKey === undefined) throw new Error("the seal is a key in Azure, and there is none");
  return { type: seal.type, ...azureKey };
}
