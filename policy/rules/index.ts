import type { Rule } from "../rule";
import { azureSealProtected } from "./azureSealProtected";
import { declaredSecrets } from "./declaredSecrets";
import { devBootstrap } from "./devBootstrap";
import { hostBasedAuthentication } from "./hostBasedAuthentication";
import { mirrorOneWay } from "./mirrorOneWay";
import { names } from "./names";
import { networkPolicies } from "./networkPolicies";
import { noLiteralCredential } from "./noLiteralCredential";
import { noSealedSecret } from "./noSealedSecret";
import { noVaultDatabaseRole } from "./noVaultDatabaseRole";
import { operatorSecrets } from "./operatorSecrets";
import { oneWriter } from "./oneWriter";
import { ownershipMarks } from "./ownershipMarks";
import { pinnedImages } from "./pinnedImages";
import { podSecurity } from "./podSecurity";
import { provenServer } from "./provenServer";
import { secretMutableProvider } from "./secretMutableProvider";
import { secretsThroughComponents } from "./secretsThroughComponents";
import { storeNamespaces } from "./storeNamespaces";

/** Every rule there is. */
export const rules: readonly Rule[] = [
  secretsThroughComponents,
  noLiteralCredential,
  noSealedSecret,
  oneWriter,
  noVaultDatabaseRole,
  secretMutableProvider,
  declaredSecrets,
  storeNamespaces,
  operatorSecrets,
  hostBasedAuthentication,
  provenServer,
  mirrorOneWay,
  devBootstrap,
  azureSealProtected,
  networkPolicies,
  podSecurity,
  pinnedImages,
  ownershipMarks,
  names,
];
