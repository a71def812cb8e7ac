import { PolicyPack } from "@pulumi/policy";
import { configurationOf, policyOf } from "./pack";
import { rules } from "./rules";
import settings from "./settings.json";

new PolicyPack("cnpg-credentials", { policies: rules.map(policyOf) }, configurationOf(rules, settings));
