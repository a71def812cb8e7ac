import type * as pulumi from "@pulumi/pulumi";

/**
 * The value of an output, or `undefined` while a preview cannot know it: nothing in the public API
 * tells the two apart.
 */
export async function settled<T>(output: pulumi.Output<T>): Promise<T | undefined> {
  const { isKnown } = output as unknown as { isKnown: Promise<boolean> };
  return (await isKnown) ? new Promise((resolve) => output.apply((value) => resolve(value))) : undefined;
}
