/**
 * How long the API server may take for what it does of itself. Seconds, where the machine does
 * nothing else; minutes, where it compiles.
 */
export const PATIENCE_SECONDS = 600;
