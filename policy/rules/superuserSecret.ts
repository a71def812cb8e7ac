import { workloadsOf } from "../pods";
import { loginsOf } from "../postgres";
import { namespaceOf } from "../resource";
import { violation, type StackRule } from "../rule";

const SUFFIX = "-superuser";

export const superuserSecret: StackRule = {
  name: "superuser-secret",
  description: "No workload has the superuser's Secret.",
  level: "mandatory",
  checkStack(resources) {
    const named = new Set(
      resources.flatMap((resource) =>
        loginsOf(resource).flatMap(({ field, secret }) => (field.login === "superuser" ? [`${namespaceOf(resource)}/${secret}`] : [])),
      ),
    );
    return workloadsOf(resources)
      .filter(({ resource, reference: { name } }) => name.endsWith(SUFFIX) || named.has(`${namespaceOf(resource)}/${name}`))
      .map(({ resource, reference: { name, where } }) =>
        violation(
          resource,
          `reads ${name}, with which it may do everything in every database`,
          "have it log in with a service's own Secret; the superuser's is for maintenance and emergencies, by hand",
          where,
        ),
      );
  },
};
