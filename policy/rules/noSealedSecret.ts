import { kindOf } from "../resource";
import { violation, type ResourceRule } from "../rule";

export const noSealedSecret: ResourceRule = {
  name: "no-sealed-secret",
  description: "There are no SealedSecrets.",
  level: "mandatory",
  concerns: (type) => kindOf({ type })?.kind === "SealedSecret",
  check: (resource) => [
    violation(
      resource,
      "keeps a secret in the repository, encrypted for good to a key of one cluster: it cannot be rotated from where it came from",
      "fetch a third party's key with `externalSecrets` of a record; a database's credential is made by the service's record",
    ),
  ],
};
