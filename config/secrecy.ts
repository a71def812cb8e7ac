import type { Problem } from "./problem";

/** Settings whose values may be encrypted, and must be where they are no path. */
const SECRET_SETTINGS = ["kubeconfig", "vaultValues"];

/**
 * What is wrong with a setting that is encrypted, or that is not.
 * @param value As JSON, or a string as it is.
 * @param file The stack's.
 */
export function checkSecrecy(setting: string, value: string, isSecret: boolean, file: string): Problem[] {
  const problems: Problem[] = [];
  if (isSecret && !SECRET_SETTINGS.includes(setting)) {
    problems.push({
      path: setting,
      message: `holds a secret, and only ${SECRET_SETTINGS.map((one) => `\`${one}\``).join(" and ")} may`,
      remedy: `remove the secret value from ${file}; passwords are generated`,
    });
  }
  if (!isSecret && setting === "kubeconfig" && /\n|^\s*[{]|apiVersion:|clusters:/.test(value)) {
    problems.push({
      path: setting,
      message: "has the contents of a kubeconfig in plain text",
      remedy: "treat its credentials as leaked, and set it with `pulumi config set --secret`, or name a file or a `context`",
    });
  }
  // Once the last of its values is removed, `pulumi config rm --path` leaves an empty mapping.
  if (!isSecret && setting === "vaultValues" && value !== "{}") {
    problems.push({
      path: setting,
      message: "is in plain text",
      remedy: `treat every value as leaked: have new ones issued, then set them with \`pulumi config set --secret --path\``,
    });
  }
  return problems;
}
