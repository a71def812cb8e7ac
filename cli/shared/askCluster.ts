import { Unreachable } from "../../kube/kubeconfig";
import { Refused } from "../../kube/live";
import { FixableError } from "../../config/fixableError";

/**
 * What comes of questions to the cluster.
 *
 * @param granted What helps when the account may not ask them.
 * @throws FixableError when there is no answer, or the account may not ask
 */
export async function asked<T>(questions: () => Promise<T>, granted = "grant that, or use another context"): Promise<T> {
  try {
    return await questions();
  } catch (error) {
    if (error instanceof Refused) throw new FixableError(error.message, granted);
    if (error instanceof Unreachable)
      throw new FixableError(error.message, "see that `kubectl get namespaces` works with that kubeconfig and context");
    throw error;
  }
}
