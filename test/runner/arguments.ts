export interface Arguments {
  /** Every test by its title, and whatever tests print. */
  readonly verbose: boolean;
  /** Golden files are written anew instead of compared. */
  readonly writeGolden: boolean;
  /** Only files whose path contains one of these; all of them, and the checks, without any. */
  readonly parts: readonly string[];
}

/** @throws what is wrong with them */
export function readArguments(given: readonly string[]): Arguments {
  const flags = given.filter((one) => one.startsWith("-"));
  const unknown = flags.filter((flag) => !["--verbose", "--write-golden"].includes(flag));
  if (unknown.length > 0) throw new Error(`${unknown.join(", ")}: there are --verbose, --write-golden and parts of paths`);
  return {
    verbose: flags.includes("--verbose"),
    writeGolden: flags.includes("--write-golden"),
    parts: given.filter((one) => !one.startsWith("-")),
  };
}
