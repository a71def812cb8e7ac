import type * as X509 from "@peculiar/x509";

/** The library that certificates are issued with, loaded where one is issued: three hundred files. */
export async function loadX509(): Promise<typeof X509> {
  // What it asks for before it is loaded.
  await import("reflect-metadata");
  return await import("@peculiar/x509");
}
