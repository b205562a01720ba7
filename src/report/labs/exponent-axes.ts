// Axes that figures of several theory labs share.
import type { LineSeries, LinesSpec } from '../../figures/theory-lines.ts';

/** Axes of exponents between neighbouring batch sizes, with lines at 0 and at the square-root law. */
export const localExponentSpec = (aria: string, series: readonly LineSeries[]): LinesSpec => ({
  aria,
  x: { label: 'batch size', scale: 'log' },
  y: { label: 'local exponent', scale: 'linear', include: [0, 0.5] },
  series,
  rules: [0, 0.5],
});
