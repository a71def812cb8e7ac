import * as pulumi from "@pulumi/pulumi";
import type { Environment } from "../../config/environment";
import type { VaultConfig } from "../../config/schema";
import type { VaultSetUp } from "../../vault/setUp";
import type { Placement } from "../metadata";
import type { AzureKey } from "./azureKey";
import { VaultBootstrap } from "./bootstrap";
import type * as Configuration from "./configuration";
import type { VaultConfiguration, VaultConfigurationArgs } from "./configuration";
import type { VaultEndpoint } from "./endpoint";
import { fixtureValues } from "./fixtureValues";
import type { DeployedVault } from "../../vault/names";
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
  /** What it is to be and to hold. */
  setUp: VaultSetUp;
  /** What watches over what is written, where this program sets it up. */
  hooks: VaultConfigurationArgs["hooks"];
  /** What closes it off. @default nothing */
  closedBy?: readonly pulumi.Resource[];
  /** Third parties' values from the stack's configuration, by `<owner>/<name>#<key>`. */
  given: Readonly<Record<string, pulumi.Output<string>>>;
}

/** Vault as the stack has it: its own or somebody else's, and set up by whom the configuration names. */
export class Vault extends pulumi.ComponentResource {
  /** Where External Secrets reaches it, once it has been set up. */
  readonly endpoint: VaultEndpoint;
  /** What this program has made of it, where it does that. */
  readonly configuration?: VaultConfiguration;

  constructor(name: string, args: VaultArgs, opts?: pulumi.ComponentResourceOptions) {
    super("cnpg-credentials:index:Vault", name, {}, opts);
    const { config, environment, setUp } = args;
    const { server } = config;
    const place = server.kind === "deployed" ? { ...args.place, namespace: server.namespace } : args.place;
    const endpoint =
      server.kind === "deployed"
        ? new VaultServer(
            `${name}-server`,
            {
              server,
              place,
              seal: sealOf(server, args.azureKey),
              protection: args.protection,
              ...(args.closedBy === undefined ? {} : { closedBy: args.closedBy }),
            },
            { parent: this },
          ).endpoint
        : { address: server.address, ...(server.ca === undefined ? {} : { ca: server.ca }), ready: [] };
    const ready = [...endpoint.ready];
    if (config.configuration.by === "cronJob" && server.kind === "deployed") {
      if (environment !== "dev") throw new Error("config/checkVault lets no CronJob out of dev");
      const bootstrap = new VaultBootstrap(
        `${name}-bootstrap`,
        {
          environment,
          config,
          server,
          image: config.configuration,
          vault: endpoint,
          place,
          access: setUp.access,
          fixtures: fixtureValues(setUp.planned, args.given, { parent: this }),
        },
        { parent: this },
      );
      ready.push(bootstrap.firstRun);
    }
    if (config.configuration.by === "pulumi") {
      if (args.hooks === undefined) throw new Error("the Vault that will be set up was not looked at");
      const fixtures = fixtureValues(setUp.planned, args.given, { parent: this });
      // eslint-disable-next-line @typescript-eslint/no-require-imports -- Dev does without Vault's provider, and a constructor cannot wait for one.
      const { VaultConfiguration } = require("./configuration") as typeof Configuration;
      this.configuration = new VaultConfiguration(`${name}-configuration`, { config, fixtures, hooks: args.hooks }, { parent: this });
      ready.push(...this.configuration.resources);
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
