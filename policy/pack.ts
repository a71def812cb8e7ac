import type { Policies, PolicyPackConfig } from "@pulumi/policy";
import { resourceOf } from "./resource";
import { describeViolation, type Rule, type Settings } from "./rule";
import { readable } from "./values";

/** A rule as the engine runs it. */
export function policyOf(rule: Rule): Policies[number] {
  const { name, description, level: enforcementLevel, settings } = rule;
  const common = { name, description, enforcementLevel, ...(settings === undefined ? {} : { configSchema: { properties: settings } }) };
  if ("check" in rule)
    return {
      ...common,
      validateResource(args, report) {
        if (!rule.concerns(args.type)) return;
        for (const found of rule.check(resourceOf(args, readable(args.props)), args.getConfig()))
          report(describeViolation(found), found.urn);
      },
    };
  return {
    ...common,
    validateStack(args, report) {
      const resources = args.resources.map((resource) => resourceOf(resource, readable(resource.props)));
      for (const found of rule.checkStack(resources, args.getConfig())) report(describeViolation(found), found.urn);
    },
  };
}

/**
 * What the rules go by unless `--policy-pack-config` says otherwise. Each with its level: to the
 * engine, a rule with settings and no level is advisory.
 * @throws Error when there are settings for what is no rule
 */
export function configurationOf(rules: readonly Rule[], settings: Readonly<Record<string, Settings>>): PolicyPackConfig {
  const unknown = Object.keys(settings).filter((name) => !rules.some((rule) => rule.name === name));
  if (unknown.length > 0) throw new Error(`policy/settings.json: ${unknown.join(", ")}: there is no such rule`);
  return Object.fromEntries(rules.map(({ name, level }) => [name, { enforcementLevel: level, ...settings[name] }]));
}
