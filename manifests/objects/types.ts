import type { Mapping } from "../nodes";

/** Where something is. */
export interface Place {
  /** Relative to where the audit was started, with `/`. */
  file: string;
  /** 1 is the first. */
  line: number;
  /** The object and the field: `Secret/app stringData.password`. Without a value. */
  field: string;
}

/** An object of Kubernetes in a file, or what would be one when its template is rendered. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  /** With its template's actions. */
  readonly name: string | undefined;
  /** Absent where somebody else decides: kustomize, Helm, Argo CD. */
  readonly namespace: string | undefined;
  readonly node: Mapping;
  readonly scope: Scope;
}

/** What is the same for a part of a file. */
export interface Scope {
  readonly file: string;
  /** The folder of the Helm chart that the file is of. */
  readonly chart: string | undefined;
  readonly lineOf: (start: number) => number;
  /** Whether it is the defaults of a chart that has templates of its own. */
  readonly isDefaults?: boolean;
  /** The text that places are in. */
  readonly text: string;
  /** Where in it something may be that matters. @default everywhere */
  readonly leads?: { within(start: number, end: number): boolean } | undefined;
}

export type Region = "secret" | "environment" | "config-map" | "values" | "elsewhere";

/** A text that stands in a file under a name. */
export interface Literal {
  readonly region: Region;
  readonly name: string;
  /** As it is in the file; in base64 where `isEncoded`. */
  readonly value: string;
  readonly isEncoded: boolean;
  readonly isManifest: boolean;
  /** Whether it is a part of a file that an object has as a whole. */
  readonly isInside: boolean;
  /** Whether it is a default of a chart that has templates of its own. */
  readonly isDefault: boolean;
  /** Whether a Secret's name stands beside it. */
  readonly isBesideName: boolean;
  readonly field: string;
  readonly file: string;
  /** The very text, whichever aliases and merges of it there are: a place of the file. */
  readonly origin: string;
  /** Where it is named by an alias: the line that it stands in. */
  readonly anchorLine: number | undefined;
  /** Line of a place in the value; of its beginning for 0. */
  readonly lineOf: (start: number) => number;
}

/** A Secret that a field names. */
export interface SecretReference extends Place {
  readonly name: string;
  readonly namespace: string | undefined;
  /** Those that are read, where the field says. */
  readonly keys: readonly string[];
  /** Names of the environment variables that get them. */
  readonly variables: readonly string[];
  readonly chart: string | undefined;
}
