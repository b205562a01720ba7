// The one look of all figures: fonts, sizes, colours of optimizers, the batch-size axis.
import type { PlotOptions, ScaleOptions } from '@observablehq/plot';

/** Colours of everything but optimizers, and the colour of each optimizer. */
export interface Theme {
  ink: string;
  muted: string;
  grid: string;
  /** What is behind the figure: fills hollow points. */
  paper: string;
  /** Colour `slot` of the palette. */
  color(slot: number): string;
  /** Colours of outcomes, where colour does not mean an optimizer. */
  outcome: Record<'done' | 'diverged' | 'failed' | 'missing', string>;
}

/** What every figure takes besides its rows. `document` builds the SVG: the browser's own, or linkedom's. */
export interface FigureOptions {
  document: Document;
  theme?: Theme;
  /** All optimizers of the study, in order, so that each has the same colour in every figure. */
  optimizers?: readonly string[];
  /** What losses are counted per (default: token). */
  per?: string;
  /** Pixels; figures below 500 lay themselves out for a phone. */
  width?: number;
}

/** Okabe and Ito's colour-blind safe palette: blue and vermilion first, told apart with any kind of sight. */
const palette = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#b58900', '#56b4e9', '#7a5195', '#555555'];

/** Explicit colours, for files that stand alone (papers, slides). */
export const paperTheme: Theme = {
  ink: '#1b1f24',
  muted: '#5d6773',
  grid: '#d9dee3',
  paper: '#ffffff',
  color: (slot) => palette[slot % palette.length],
  outcome: { done: '#7f9bb3', diverged: '#b3261e', failed: '#1b1f24', missing: '#d9dee3' },
};

/** CSS variables of the page that the figure is set in, so that it follows light and dark mode. */
export const pageTheme: Theme = {
  ink: 'var(--ink)',
  muted: 'var(--muted)',
  grid: 'var(--grid)',
  paper: 'var(--paper)',
  color: (slot) => `var(--color-${slot % palette.length})`,
  outcome: {
    done: 'var(--done)',
    diverged: 'var(--diverged)',
    failed: 'var(--failed)',
    missing: 'var(--missing)',
  },
};

/** Adam is always the first colour and SGD the second; other optimizers take the next ones in order. */
export function optimizerColors(optimizers: Iterable<string>, theme: Theme): (optimizer: string) => string {
  const slots = new Map([
    ['adam', 0],
    ['sgd', 1],
  ]);
  for (const name of optimizers) if (!slots.has(name)) slots.set(name, slots.size);
  return (optimizer) => theme.color(slots.get(optimizer) ?? 7);
}

/** The unit of losses, for labels. */
export const lossUnit = ({ per = 'token' }: Pick<FigureOptions, 'per'>): string => `nats/${per}`;

export const fontFamily = 'system-ui, -apple-system, "Segoe UI", "Liberation Sans", Arial, sans-serif';

/** Size, font and document common to all figures. */
export function frame(
  options: FigureOptions,
  height: number,
): PlotOptions & { theme: Theme; narrow: boolean } {
  const theme = options.theme ?? paperTheme;
  const width = options.width ?? 720;
  return {
    theme,
    narrow: width < 500,
    document: options.document,
    width,
    height,
    style: { fontFamily, fontSize: '12px', color: theme.ink, background: 'none', overflow: 'visible' },
  };
}

/** log2 axis of batch sizes with a tick at every size measured (every other one when there are too many). */
export function batchSizeAxis(batchSizes: readonly number[], narrow: boolean): ScaleOptions {
  const sizes = [...new Set(batchSizes)].sort((a, b) => a - b);
  const most = narrow ? 7 : 14;
  const stride = Math.ceil(sizes.length / most);
  const [lo, hi] = sizes.length > 0 ? [sizes[0], sizes[sizes.length - 1]] : [1, 256];
  return {
    type: 'log',
    base: 2,
    // A quarter of a doubling of air on both sides keeps end points off the frame.
    domain: [lo / 2 ** 0.25, hi * 2 ** 0.25],
    ticks: sizes.filter((_, i) => i % stride === 0),
    tickFormat: (size: number) => String(size),
    label: 'batch size (sequences per step)',
    labelAnchor: 'center',
    labelOffset: 38,
    labelArrow: 'none',
  };
}
