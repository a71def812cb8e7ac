/** Says what a step is doing right now, in a few words. */
export type Update = (text: string) => void;

/** Shows the steps of long work, one after the other. */
export interface Report {
  /** Runs `work` as one titled step and returns what it returns; its error ends the step and is rethrown. */
  step<T>(title: string, work: (update: Update) => Promise<T>): Promise<T>;
  /** Says something that stays. */
  note(text: string): void;
}

/** Where a report is written; a terminal is rewritten in place, anything else gets plain lines. */
export type ReportStream = Pick<NodeJS.WriteStream, "write" | "isTTY" | "columns">;

/** A log that somebody watches for signs of life is never silent for longer. */
const HEARTBEAT_MS = 30_000;
const REDRAW_MS = 200;

/** Progress on stderr, so that stdout stays for data. `heartbeat`, in milliseconds, is shortened by tests only. */
export function createReport(stream: ReportStream = process.stderr, heartbeat = HEARTBEAT_MS): Report {
  return {
    note: (text) => void stream.write(stream.isTTY ? `\r${text}\u001b[K\n` : `${text}\n`),
    async step<T>(title: string, work: (update: Update) => Promise<T>): Promise<T> {
      const started = Date.now();
      const elapsed = () => `${((Date.now() - started) / 1000).toFixed(1)} s`;
      let text = "";
      const line = () => `[${elapsed().padStart(7)}] ${title}${text && `: ${text}`}`;
      const show = stream.isTTY
        ? () => stream.write(`\r${line().slice(0, stream.columns - 1)}\u001b[K`)
        : () => stream.write(`${line()}\n`);

      show();
      const clock = setInterval(show, stream.isTTY ? REDRAW_MS : heartbeat);
      const update = (next: string) => {
        if (next === text) return;
        text = next;
        show();
        if (!stream.isTTY) clock.refresh();
      };
      const end = (how: string) => {
        clearInterval(clock);
        text = how;
        stream.write(stream.isTTY ? `\r${line()}\u001b[K\n` : `${line()}\n`);
      };
      try {
        const value = await work(update);
        end("done");
        return value;
      } catch (error) {
        end("failed");
        throw error;
      }
    },
  };
}
