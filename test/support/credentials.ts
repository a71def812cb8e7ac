import * as pulumi from "@pulumi/pulumi";
import type { OwnPods } from "../../catalog/ownPods";
import type { Service } from "../../catalog/service";
import { ApplicationCredential } from "../../components/applicationCredential";
import { Database } from "../../kube/kinds/database";
import { RoleLogin } from "../../components/roleLogin";
import type { Expectation } from "../../rotation/applied";
import type { HeldPassword } from "../../rotation/held";
import { clusterConfig, place, planned, stackConfig } from "./fixtures";
import { run, type Run, type RunOptions } from "./program";

export const SECRET = "kubernetes:core/v1:Secret";
export const JOB = "kubernetes:batch/v1:Job";
export const PASSWORD = "random:index/randomPassword:RandomPassword";
export const PASSWORD_ID = "random:index/randomUuid7:RandomUuid7";
export const DATABASE = "kubernetes:postgresql.cnpg.io/v1:Database::database";

/** Stand for those of the authorities. */
export const CERTIFICATES = "certificate 2\ncertificate 1\n";

const DATABASE_SPEC = { cluster: { name: "pg" }, name: "d", owner: "o", databaseReclaimPolicy: "retain" } as const;

export interface CredentialCase extends RunOptions {
  roleApi?: "inline" | "databaseRole";
  /** What CloudNativePG answers to who waits for a role. */
  applied?: (expectation: Expectation) => Promise<void>;
  /** When the Cluster says that it is ready. @default at once */
  reconciled?: Promise<unknown>;
  cluster?: object;
  proof?: object;
  /** What the platform asks of pods. */
  pods?: OwnPods;
  /** The service whose logins give a profile its rights. */
  givers?: Service;
  /** What each login's Secret has, of a generation before. */
  former?: HeldPassword;
}

/** The credential of a service with every login that it has, under their own names. */
export function makeCredential(of: Service, given: CredentialCase = {}): Promise<Run<ApplicationCredential>> {
  const {
    roleApi = "inline",
    applied = () => Promise.resolve(),
    reconciled = Promise.resolve(),
    cluster,
    proof,
    pods,
    former,
    givers,
    ...options
  } = given;
  const program = () => {
    const plan = planned(of);
    const logins = new Map(
      plan.logins.map((login) => {
        const keeping = former && {
          beforeMade: new pulumi.ResourceHook(login.object, () => undefined),
          former,
          refusal: String,
          adopts: () => undefined,
        };
        return [login.slot, new RoleLogin(login.object, { service: of.name, place: place(), login, ...(keeping ? { keeping } : {}) })];
      }),
    );
    return new ApplicationCredential(of.name, {
      service: of,
      plan,
      place: { ...place(), pods },
      cluster: clusterConfig({ image: "postgresql:17", ...cluster }),
      authority: { ca: pulumi.output(CERTIFICATES), authorities: "2 1", configMap: pulumi.output("pg-authorities") },
      proof: { ...stackConfig().rotation.proof, image: undefined, ...proof },
      logins,
      roleApi,
      applied: { applied },
      reconciled: pulumi.output(reconciled),
      ...(givers === undefined ? {} : { givers: loginsOf(givers) }),
      database: new Database("database", { metadata: {}, spec: DATABASE_SPEC }),
    });
  };
  return run(program, options);
}

function loginsOf(of: Service): RoleLogin[] {
  return planned(of).logins.map((login) => new RoleLogin(login.object, { service: of.name, place: place(), login }));
}
