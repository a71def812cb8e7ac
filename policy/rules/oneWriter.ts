import { databaseSecretsOf } from "../postgres";
import { violation, type StackRule } from "../rule";
import { filledSecrets } from "../stores";

export const oneWriter: StackRule = {
  name: "one-writer",
  description: "Nothing fills a Secret of CloudNativePG's from a store.",
  level: "mandatory",
  checkStack(resources) {
    const owned = databaseSecretsOf(resources);
    return filledSecrets(resources).flatMap(({ resource, name, namespace }) => {
      const place = namespace === undefined ? [...owned.keys()].find((one) => one.endsWith(`/${name}`)) : `${namespace}/${name}`;
      const whose = place === undefined ? undefined : owned.get(place);
      if (place === undefined || whose === undefined) return [];
      return [
        violation(
          resource,
          `writes into the Secret ${place}, which is ${whose}: what it fetches would be neither in the state nor in Postgres`,
          "remove it, or give it a target of another name; a copy for Vault goes the other way (`vault.mirror`)",
        ),
      ];
    });
  },
};
