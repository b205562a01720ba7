// Numbers with a fixed count of decimals and a true minus sign, for sentences and tables.

const MINUS = '−';

/** 3.2504 -> 3.250; what rounds to zero has no sign. */
export function decimals(x: number, digits = 3): string {
  const text = Math.abs(x).toFixed(digits);
  return x < 0 && Number(text) !== 0 ? MINUS + text : text;
}

/** +0.460 or −0.030; what rounds to zero has no sign. */
export function signed(x: number, digits = 3): string {
  const text = decimals(x, digits);
  return Number(text) > 0 ? `+${text}` : text;
}
