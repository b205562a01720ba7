// The colours of figures: for white paper, for print, and for a dark page. Every colour of an arm is told
// from the others with any kind of sight, or has another mark beside it (marks.ts); looks.test.ts measures
// it.

export interface Palette {
  ink: string;
  muted: string;
  grid: string;
  paper: string;
  /** Colours of arms, in the order in which they are given out. */
  arms: readonly string[];
  /** Ends of the ramp for things that have an order, such as batch sizes. No arm has these colours. */
  levels: readonly [least: string, most: string];
  /** Colours of numbers above and below zero, where the sign is what matters. */
  signs: readonly [plus: string, minus: string];
  outcome: Record<'done' | 'diverged' | 'failed' | 'missing', string>;
}

/**
 * The first eight are Okabe and Ito's colour-blind safe colours, darkened where they would vanish on white.
 */
export const light: Palette = {
  ink: '#1b1f24',
  muted: '#5d6773',
  grid: '#d9dee3',
  paper: '#ffffff',
  arms: [
    ...['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#b58900', '#56b4e9'],
    ...['#7a5195', '#555555', '#9bb300', '#8c5a2b', '#1f2f7a', '#8c1c3f'],
  ],
  levels: ['#a3d6d3', '#063a42'],
  signs: ['#762a83', '#1b7837'],
  outcome: { done: '#7f9bb3', diverged: '#b3261e', failed: '#1b1f24', missing: '#d9dee3' },
};

/**
 * For print. Arms next to each other in the order have greys that lie apart, since a copy may be black and
 * white; those further on have other dashes and marks. Colours are dull enough to be mixed from printing
 * inks. A number above zero is dark and one below it is bright (ColorBrewer's PuOr, which is made to be
 * photocopied).
 */
export const print: Palette = {
  ink: '#000000',
  muted: '#444444',
  grid: '#d4d4d4',
  paper: '#ffffff',
  arms: [
    ...['#12457f', '#dd8130', '#1d6b4f', '#b9a0cc', '#5a2a5e', '#7cb0c9'],
    ...['#7a3b1d', '#a3a844', '#2f2f2f', '#e3a5a5', '#5c5a10', '#a39a90'],
  ],
  levels: ['#a8cfcd', '#063a42'],
  signs: ['#542788', '#e08214'],
  outcome: { done: '#a3b6c7', diverged: '#9c2b20', failed: '#1b1f24', missing: '#e6e9ec' },
};

export const dark: Palette = {
  ink: '#e8ebee',
  muted: '#a2abb5',
  grid: '#353c44',
  paper: '#15181c',
  arms: [
    ...['#4fa9e0', '#ff8a3d', '#35c496', '#e6a3c8', '#dcb83c', '#93d3f7'],
    ...['#b998dd', '#aeb4bb', '#c3dd3a', '#c79a6b', '#7d8cf0', '#cc3468'],
  ],
  levels: ['#33747b', '#d3f7f3'],
  signs: ['#c58fd6', '#6fc98a'],
  outcome: { done: '#6d8ca6', diverged: '#ef6a62', failed: '#e8ebee', missing: '#3d454e' },
};

/** The palette as declarations of CSS variables, for the style sheet of a page. */
export function cssVariables({ arms, levels, signs, outcome, ...rest }: Palette): string {
  const named = [
    ...Object.entries({ ...rest, ...outcome }),
    ...arms.map((color, slot) => [`color-${slot}`, color]),
    ...[['level-least', levels[0]] as const, ['level-most', levels[1]] as const],
    ...[['plus', signs[0]] as const, ['minus', signs[1]] as const],
  ];
  return named.map(([name, color]) => `--${name}: ${color};`).join(' ');
}

/** The colour `share` of the way from the first of two `#rrggbb` colours to the second. */
export function mix([from, to]: readonly [string, string], share: number): string {
  const parts = [1, 3, 5].map((at) => {
    const [a, b] = [from, to].map((color) => Number.parseInt(color.slice(at, at + 2), 16));
    return Math.round(a + (b - a) * share)
      .toString(16)
      .padStart(2, '0');
  });
  return `#${parts.join('')}`;
}
