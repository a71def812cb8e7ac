import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import type { PlannedKey } from "../../vault/fixture";
import { fixtureResource } from "../../vault/names";

/** What Vault is to hold, by path and by key. `initial` values are written once, and are their service's from then on. */
export type FixtureOutputs = Readonly<Record<string, Readonly<Record<string, { value: pulumi.Output<string>; initial?: true }>>>>;

/**
 * The values of fixtures: generated ones are made once and kept in the state, one resource each. Every value is secret, those that are in the repository included: that
 * is simpler than telling them apart in what is made of them.
 * @param given Values of the stack's configuration, by `<owner>/<name>#<key>`.
 */
export function fixtureValues(
  planned: readonly PlannedKey[],
  given: Readonly<Record<string, pulumi.Output<string>>>,
  opts: pulumi.CustomResourceOptions,
): FixtureOutputs {
  const result: Record<string, Record<string, { value: pulumi.Output<string>; initial?: true }>> = {};
  for (const { path, key, source, initial } of planned) {
    const value = valueOf(path, key, source, given, opts);
    result[path] = { ...result[path], [key]: { value: pulumi.secret(value), ...(initial ? { initial: true as const } : {}) } };
  }
  return result;
}

function valueOf(
  path: string,
  key: string,
  source: PlannedKey["source"],
  given: Readonly<Record<string, pulumi.Output<string>>>,
  opts: pulumi.CustomResourceOptions,
): pulumi.Output<string> {
  switch (source.kind) {
    case "plain":
      return pulumi.output(source.value);
    case "given": {
      const value = given[`${path}#${key}`];
      if (value === undefined) throw new Error(`${path}#${key} is planned to be given, and is not`);
      return value;
    }
    case "random": {
      const name = fixtureResource(path, key);
      if (source.format === "hex") return new random.RandomBytes(name, { length: source.length / 2 }, opts).hex;
      return new random.RandomPassword(name, { length: source.length, special: false }, opts).result;
    }
  }
}
