import type { Report } from "../../lab/progress";

/** No progress: the title of a test says what it waits for. */
export const quiet: Report = { step: (_, work) => work(() => undefined), note: () => undefined };
