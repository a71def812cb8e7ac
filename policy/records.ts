import * as path from "node:path";
import { bundles as ownBundles } from "../catalog/bundles";
import { recordsIn } from "../catalog/records";
import { catalogue as ownCatalogue } from "../catalog/services";
import { PROJECT } from "../config/settings";

/**
 * The directory of records that the stack names, in the configuration that the engine gives to
 * every analyzer.
 */
function directory({ PULUMI_CONFIG, PWD = "." }: NodeJS.ProcessEnv): string | undefined {
  const { [`${PROJECT}:catalog`]: catalog } = JSON.parse(PULUMI_CONFIG || "{}") as Record<string, string | undefined>;
  return catalog === undefined ? undefined : path.resolve(PWD, catalog);
}

const records = recordsIn(directory(process.env));

/** The records of the stack that is judged. */
export const catalogue = records?.catalogue ?? ownCatalogue;
export const bundles = records?.bundles ?? ownBundles;
