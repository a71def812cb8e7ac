/** Whether a file is one of kustomize's own, by its name. */
export function isKustomization(name: string): boolean {
  return name === "kustomization.yaml" || name === "kustomization.yml" || name === "Kustomization";
}
