import type { Image } from "./images/image";
import { architecture } from "./images/oci";
import { ensureNodejsImage } from "./images/nodejs";
import { ensurePgbouncerImage } from "./images/pgbouncer";
import { ensurePostgresImage } from "./images/postgres";
import { ensureProgramImage } from "./images/program";
import { ensureNodePackages } from "./node/packages";
import type { Report, Update } from "./progress";

/** The images that the lab runs. */
export interface Images {
  readonly pause: Image;
  readonly dns: Image;
  readonly operator: Image;
  readonly postgres: Image;
}

/** The programs that become images, and the node's packages, whose mmdebstrap makes the Postgres image. */
export interface ImageSources {
  readonly pause: string;
  readonly coredns: string;
  readonly manager: string;
  readonly packages: string;
}

/**
 * The images, made on this machine where the cache lacks them.
 * @throws {FixableError} When the packages of the Postgres image cannot be had.
 */
export async function ensureImages(sources: ImageSources, update: Update): Promise<Images> {
  // The operator copies itself into the instances, one binary per processor, from where upstream's image has it.
  const manager = `operator/manager_${architecture()}`;
  const [pause, dns, operator, postgres] = await Promise.all([
    ensureProgramImage({ name: "pause", program: sources.pause, file: "pause", config: { Entrypoint: ["/pause"] } }, update),
    ensureProgramImage({ name: "coredns", program: sources.coredns, file: "coredns", config: { Entrypoint: ["/coredns"] } }, update),
    ensureProgramImage(
      {
        name: "cloudnative-pg",
        program: sources.manager,
        file: manager,
        links: { manager },
        config: { User: "10001:10001", Entrypoint: ["/manager"] },
      },
      update,
    ),
    ensurePostgresImage(sources.packages, update),
  ]);
  return { pause, dns, operator, postgres };
}

/**
 * The Node runtime as an image, for pods that run a program of this repository's. No lab starts with it: it is made when
 * somebody asks, and given to a running lab with `giveImages`.
 * @throws {FixableError} When Debian's packages cannot be had.
 */
export async function ensureNodeImage(report: Report): Promise<Image> {
  return await report.step("Node image", async (update) => await ensureNodejsImage(await ensureNodePackages(update), update));
}

/**
 * PgBouncer as an image, for CloudNativePG's Poolers; made and given as the Node image.
 * @throws {FixableError} When Debian's packages cannot be had.
 */
export async function ensurePoolerImage(report: Report): Promise<Image> {
  return await report.step("PgBouncer image", async (update) => await ensurePgbouncerImage(await ensureNodePackages(update), update));
}
