import { crossNamespace } from "./crossNamespace";
import { literalElsewhere } from "./literalElsewhere";
import { literalInConfigMap } from "./literalInConfigMap";
import { literalInEnvironment } from "./literalInEnvironment";
import { literalInSecret } from "./literalInSecret";
import { literalInValues } from "./literalInValues";
import type { Rule } from "./rule";
import { sealedSecret } from "./sealedSecret";
import { secretKeyNotProvided } from "./secretKeyNotProvided";
import { secretNotProvided } from "./secretNotProvided";
import { removedApi } from "./removedApi";
import { inTreeBarman } from "./inTreeBarman";
import { secondWriter } from "./secondWriter";
import { superuserAccess } from "./superuserAccess";
import { unknownStore } from "./unknownStore";
import { vaultAuthoredLogin } from "./vaultAuthoredLogin";

/** Every rule, in the order in which they are documented. */
export const rules: readonly Rule[] = [
  sealedSecret,
  literalInSecret,
  literalInEnvironment,
  literalInConfigMap,
  literalInValues,
  literalElsewhere,
  vaultAuthoredLogin,
  secondWriter,
  superuserAccess,
  secretNotProvided,
  secretKeyNotProvided,
  unknownStore,
  crossNamespace,
  removedApi,
  inTreeBarman,
];
