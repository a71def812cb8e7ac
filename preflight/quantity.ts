const FACTORS: Record<string, number> = {
  m: 1e-3,
  "": 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/** Whether one Kubernetes quantity is less than another; false when either cannot be read. */
export function shrinks(from: string, to: string): boolean {
  return bytes(to) < bytes(from);
}

function bytes(quantity: string): number {
  const match = /^(\d+(?:\.\d+)?)([a-zA-Z]*)$/.exec(quantity);
  const factor = FACTORS[match?.[2] ?? "?"];
  return match === null || factor === undefined ? NaN : Number(match[1]) * factor;
}
