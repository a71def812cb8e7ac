import { isOfTheNode, olderPostgres, olderVault, pinningOf } from "../../config/images";
import { podsOf } from "../pods";
import { CNPG } from "../../kube/kinds/groups";
import { isKind, kindOf, type Resource } from "../resource";
import { violation, type ResourceRule, type Violation } from "../rule";
import { at, isObject, objects, text, type Value } from "../values";

export const pinnedImages: ResourceRule = {
  name: "pinned-images",
  description: "Images are those of one release, or of one digest; Postgres has the fixes of all known faults.",
  level: "mandatory",
  settings: {
    digestStacks: { type: "array", items: { type: "string" }, description: "Stacks, by name, whose images have to be named by digest." },
  },
  concerns: (type) => kindOf({ type }) !== undefined,
  check: (resource, { digestStacks }) => {
    const byDigest = Array.isArray(digestStacks) && digestStacks.includes(resource.stack);
    const catalog = byDigest && isKind(resource, CNPG.group, "Cluster") && at(resource.props, "spec", "imageCatalogRef") !== undefined;
    if (catalog)
      return [
        violation(
          resource,
          `takes its image from a catalog, which others may write, and ${resource.stack} wants digests`,
          "set `cluster.image` to the image with its digest",
          "spec.imageCatalogRef",
        ),
      ];
    return imagesOf(resource).flatMap((image) => [
      ...checkPinning(resource, image, byDigest),
      ...checkPostgres(resource, image),
      ...checkVault(resource, image),
    ]);
  },
};

interface Image {
  readonly reference: string;
  readonly where: string;
  readonly isPostgres: boolean;
}

/** Of a Cluster, and of whatever has pods, a Pooler with a template of them among it. */
function imagesOf(resource: Resource): Image[] {
  const named = (of: Value, key: string, where: string, isPostgres: boolean): Image[] => {
    const reference = text(of, key);
    return reference === undefined || isOfTheNode(reference) ? [] : [{ reference, where, isPostgres }];
  };
  return [
    ...(isKind(resource, CNPG.group, "Cluster")
      ? [
          ...named(resource.props.spec, "imageName", "spec.imageName", true),
          // Libraries that Postgres loads.
          ...objects(resource.props.spec, "postgresql", "extensions").flatMap((extension) =>
            named(extension.image, "reference", `spec.postgresql.extensions.${text(extension, "name") ?? "?"}.image.reference`, false),
          ),
        ]
      : []),
    ...podsOf(resource).flatMap(({ where, spec, containers }) => [
      ...containers.flatMap((one) => named(one.container, "image", `${one.where}.image`, false)),
      ...(Array.isArray(spec.volumes)
        ? (spec.volumes as Value[])
            .filter(isObject)
            .flatMap((volume) => named(volume.image, "reference", `${where}.volumes.${text(volume, "name") ?? "?"}.image.reference`, false))
        : []),
    ]),
  ];
}

function checkPinning(resource: Resource, { reference, where }: Image, byDigest: boolean): Violation[] {
  const pinning = pinningOf(reference);
  const how = `name it with its digest (\`<image>:<tag>@sha256:…\`; \`crane digest ${reference.replace(/@.*$/, "")}\` prints it)`;
  if (pinning === "floating")
    return [
      violation(resource, `\`${reference}\` is another image tomorrow`, `name the release (\`17.12\`, not \`17\`), or ${how}`, where),
    ];
  if (pinning === "release" && byDigest)
    return [
      violation(resource, `\`${reference}\` is whatever its registry has under that tag, and ${resource.stack} wants digests`, how, where),
    ];
  return [];
}

function checkPostgres(resource: Resource, { reference, where, isPostgres }: Image): Violation[] {
  const older = isPostgres ? olderPostgres(reference) : undefined;
  if (older === undefined) return [];
  const what = `is Postgres ${older.found}, and ${older.newest} has fixed faults by which a database's user becomes the server's`;
  return [violation(resource, what, `use ${older.newest} or later`, where)];
}

function checkVault(resource: Resource, { reference, where }: Image): Violation[] {
  const older = olderVault(reference);
  if (older === undefined) return [];
  return [violation(resource, `is Vault ${older}, a line that gets no fixes any more`, "use 2.2 or later", where)];
}
