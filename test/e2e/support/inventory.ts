import { kubectl } from "./lab";

/** A Secret's keys, and what keeps it, by kubectl. */
export async function readMarks(namespace: string, name: string): Promise<{ keys: string[]; controller: string | undefined }> {
  const form = "-o=go-template={{range $key, $_ := .data}}{{$key}} {{end}};{{range .metadata.ownerReferences}}{{.kind}} {{.name}}{{end}}";
  const [keys = "", controller = ""] = (await kubectl("-n", namespace, "get", "secret", name, form)).split(";");
  return { keys: keys.split(" ").filter((key) => key !== ""), controller: controller === "" ? undefined : controller };
}
