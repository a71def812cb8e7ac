import type { Facts } from "../../../manifests/objects/facts";
import type { Manifest, Region } from "../../../manifests/objects/types";
import type { Hit, RuleText } from "../finding";

/** One rule of the audit: what it is, and what it looks at. */
export interface Rule extends RuleText {
  /** Credentials among the literals of a region. */
  readonly region?: Region;
  /** One object by itself. */
  readonly ofManifest?: (manifest: Manifest) => Hit[];
  /** All files together. */
  readonly ofFacts?: (facts: Facts) => Hit[];
}
