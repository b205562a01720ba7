// Where a grid of numbers crosses zero: straight pieces of the line, by marching squares.

/** A piece of the line from (x1, y1) to (x2, y2); column and row numbers, with fractions between them. */
export interface Segment {
  x1: number;
  y1: number;
  x2: number;
  y2: number;
}

/**
 * `grid[row][column]`; null where nothing is known: the line is not drawn next to it.
 * Between neighbours the numbers are taken as straight. Where a square has both signs on both diagonals,
 * its mean decides which corners belong together.
 */
export function zeroLine(grid: readonly (readonly (number | null)[])[]): Segment[] {
  const found: Segment[] = [];
  for (let row = 0; row + 1 < grid.length; row++)
    for (let column = 0; column + 1 < grid[row].length; column++) {
      // Around the square: its corners, each with the next.
      const corners = [
        { x: column, y: row },
        { x: column + 1, y: row },
        { x: column + 1, y: row + 1 },
        { x: column, y: row + 1 },
      ].map((at) => ({ ...at, value: grid[at.y][at.x] }));
      if (corners.some(({ value }) => value === null || value === undefined)) continue;
      const values = corners.map(({ value }) => value as number);
      const crossings = values.flatMap((value, i) => {
        const next = values[(i + 1) % 4];
        if (value > 0 === next > 0) return [];
        const share = value / (value - next);
        const [from, to] = [corners[i], corners[(i + 1) % 4]];
        return [{ x: from.x + share * (to.x - from.x), y: from.y + share * (to.y - from.y) }];
      });
      if (crossings.length === 4) {
        // A saddle: a first corner on the side of the mean is joined with the one across; else it is cut off.
        const mean = values.reduce((sum, value) => sum + value, 0) / 4;
        if (values[0] > 0 !== mean > 0) crossings.unshift(crossings.pop()!);
      }
      for (let i = 0; i + 1 < crossings.length; i += 2)
        found.push({
          x1: crossings[i].x,
          y1: crossings[i].y,
          x2: crossings[i + 1].x,
          y2: crossings[i + 1].y,
        });
    }
  return found;
}
