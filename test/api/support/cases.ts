import type { KubeObject } from "./client";
import type { Settings } from "./program";
import { Stage } from "./stage";

/** Something that the program must refuse, before anything is changed. */
export interface Case {
  /** The thing that is wrong. */
  readonly wrong: string;
  /** Whether the stack has Vault. */
  readonly vault?: true;
  /** Whether it has been brought up before, and all its objects are there. */
  readonly up?: true;
  /** What somebody else has put there. */
  readonly objects?: readonly KubeObject[];
  /** What the stack's file says otherwise; `namespace` is that of the test. */
  readonly settings?: (settings: Settings, stage: Stage) => void;
  /** By the path of each problem, words of its line. There must be no other problem. */
  readonly refused: Readonly<Record<string, string | RegExp>> | ((stage: Stage) => Readonly<Record<string, string | RegExp>>);
  /** What the refusal tells the reader to do: done, the program goes on. */
  readonly remedy?: (stage: Stage) => Promise<void> | void;
}

/** A test for each case, in a namespace of its own. */
export function refuses(cases: readonly Case[]): void {
  for (const { wrong, vault = false, up, objects = [], settings, refused, remedy } of cases)
    it(wrong, async () => {
      const stage = await Stage.open({ vault });
      if (up) await stage.up();
      await stage.apply(...objects);
      settings?.(stage.settings, stage);
      await stage.refused(typeof refused === "function" ? refused(stage) : refused);
      if (remedy === undefined) return;
      await remedy(stage);
      await stage.goesOn();
    });
}
