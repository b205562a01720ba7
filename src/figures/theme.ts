// The one look of all figures: fonts, sizes, colours, the batch-size axis.
import type { PlotOptions, ScaleOptions } from '@observablehq/plot';
import { light, mix, type Palette, print } from './palette.ts';

/** Colours by what they mean: CSS values. */
export interface Theme {
  ink: string;
  muted: string;
  grid: string;
  /** What is behind the figure: fills hollow points. */
  paper: string;
  /** Colour `slot` of those for arms; looks.ts says which arm has which slot. */
  color(slot: number): string;
  /** Colour on the ramp for things that have an order, from 0 to 1. */
  level(share: number): string;
  /** Numbers above and below zero. */
  plus: string;
  minus: string;
  /** Colours of outcomes, where colour does not mean an optimizer. */
  outcome: Record<'done' | 'diverged' | 'failed' | 'missing', string>;
}

/** What every figure takes besides its rows. `document` builds the SVG: the browser's own, or linkedom's. */
export interface FigureOptions {
  document: Document;
  theme?: Theme;
  /** All arms of the study, in order, so that each has the same colour and mark in every figure. */
  optimizers?: readonly string[];
  /** What losses are counted per (default: token). */
  per?: string;
  /**
   * For a page where readers point at things (pointing.ts): marks say what they show,
   * and which line they are of.
   */
  interactive?: boolean;
  /** Pixels; figures below 500 lay themselves out for a phone. */
  width?: number;
}

const themeOf = (palette: Palette): Theme => ({
  ...palette,
  color: (slot) => palette.arms[slot % palette.arms.length],
  level: (share) => mix(palette.levels, share),
  plus: palette.signs[0],
  minus: palette.signs[1],
});

/** Explicit colours, for files that stand alone (pages, slides). */
export const paperTheme: Theme = themeOf(light);

/** Colours that keep apart when they are printed, in grey too. Lines get dashes as well (dashes.ts). */
export const printTheme: Theme = themeOf(print);

/** CSS variables of the page that the figure is set in, so that it follows light and dark mode. */
export const pageTheme: Theme = {
  ink: 'var(--ink)',
  muted: 'var(--muted)',
  grid: 'var(--grid)',
  paper: 'var(--paper)',
  color: (slot) => `var(--color-${slot % light.arms.length})`,
  level: (share) => `color-mix(in srgb, var(--level-least), var(--level-most) ${Math.round(100 * share)}%)`,
  plus: 'var(--plus)',
  minus: 'var(--minus)',
  outcome: {
    done: 'var(--done)',
    diverged: 'var(--diverged)',
    failed: 'var(--failed)',
    missing: 'var(--missing)',
  },
};

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
