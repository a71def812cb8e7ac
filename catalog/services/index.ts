import { agents } from "./agents";
import { agentsRuntime } from "./agentsRuntime";
import { backstage } from "./backstage";
import { base } from "./base";
import { graph } from "./graph";
import { inference } from "./inference";
import { keycloak } from "./keycloak";
import { plausible } from "./plausible";
import { platform } from "./platform";
import { withProfiles } from "../profiles";
import type { ServiceRecord } from "../record";
import { temporal } from "./temporal";
import { temporalVisibility } from "./temporalVisibility";
import { threads } from "./threads";
import { transformation } from "./transformation";
import { workflows } from "./workflows";

const records: readonly ServiceRecord[] = [
  platform,
  agents,
  agentsRuntime,
  graph,
  transformation,
  threads,
  workflows,
  temporal,
  temporalVisibility,
  plausible,
  keycloak,
  inference,
  backstage,
  base,
];

/** Every service there is, and every profile. Which of them are on is the stack's choice. */
export const catalogue = withProfiles(records);
