// A figure in the width of a column of print: how large it is drawn, so that its letters have 8 points there.

/** Millimetres: what fits into the columns of the usual journals, which are 85 to 90 and 178 to 190 wide. */
export const columns = { one: 85, two: 178 } as const;

/** Figures are laid out with letters of 12 pixels. */
export const POINTS_PER_PIXEL = 8 / 12;
const POINTS_PER_MM = 72 / 25.4;

/** To a hundredth, as drawings are written. */
export const pixelsOf = (mm: number): number =>
  Math.round((100 * mm * POINTS_PER_MM) / POINTS_PER_PIXEL) / 100;

export const mmOf = (pixels: number): number => (pixels * POINTS_PER_PIXEL) / POINTS_PER_MM;
