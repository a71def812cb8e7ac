import { kindOf, objectName, type Resource } from "../resource";
import { violation, type StackRule } from "../rule";
import { exchangeOf, storeUses, type StoreUse } from "../stores";

export const mirrorOneWay: StackRule = {
  name: "mirror-one-way",
  description: "What is pushed into a store is not read back through it.",
  level: "mandatory",
  checkStack(resources) {
    const uses = resources.flatMap((resource) => usesOf(resource).map((use) => ({ resource, use, isPush: isPush(resource) })));
    const pushed = new Map(
      uses.filter(({ isPush: pushes }) => pushes).map(({ resource, use }) => [id(use), objectName(resource) ?? resource.name]),
    );
    return uses
      .filter(({ use, isPush: pushes }) => !pushes && pushed.has(id(use)))
      .map(({ resource, use }) =>
        violation(
          resource,
          `reads through the store ${use.name}, which copies are pushed through (${pushed.get(id(use))}): an account that may make such an object would have all of them`,
          "read what a third party gave out through the store of its namespace; an application reads its database's Secret, never a copy",
          use.where,
        ),
      );
  },
};

const id = ({ kind, name }: StoreUse) => `${kind}/${name}`;

const isPush = (resource: Resource) => kindOf(resource)?.kind.endsWith("PushSecret") ?? false;

function usesOf(resource: Resource): StoreUse[] {
  const exchange = exchangeOf(resource);
  return exchange === undefined ? [] : storeUses(exchange.spec, exchange.where);
}
