// The marks of points. An arm has one, so that figures can be read without their colours:
// in black and white, or with any kind of sight.
/** How Plot draws a mark: `size` is its area in square pixels. */
export interface Mark {
  draw(context: CanvasPath, size: number): void;
}

/** Corners of a mark of radius 1, y downwards; of a circle, null. */
type Corners = readonly (readonly [x: number, y: number])[] | null;

const turned = (corners: number, radius: (i: number) => number, offset = 0): Corners =>
  Array.from({ length: corners }, (_, i) => {
    const angle = (2 * Math.PI * i) / corners + offset;
    return [radius(i) * Math.sin(angle), -radius(i) * Math.cos(angle)] as const;
  });

/**
 * Sizes are such that all look equally large. Crosses of thin lines are not here: those are diverged runs.
 */
const shapes: readonly Corners[] = [
  null,
  turned(4, () => 1.25, Math.PI / 4),
  turned(4, () => 1.4),
  turned(3, () => 1.45),
  turned(3, () => 1.45, Math.PI),
  turned(10, (i) => (i % 2 === 0 ? 1.6 : 0.68)),
  plus(1.35, 0.48),
  turned(5, () => 1.25, Math.PI),
  turned(3, () => 1.45, Math.PI / 2),
];

function plus(long: number, thin: number): Corners {
  const arm = [
    [-thin, -thin],
    [-thin, -long],
    [thin, -long],
  ] as const;
  return [0, 1, 2, 3].flatMap((quarter) =>
    arm.map(([x, y]) => {
      const [c, s] = [
        [1, 0],
        [0, 1],
        [-1, 0],
        [0, -1],
      ][quarter];
      return [c * x - s * y, s * x + c * y] as const;
    }),
  );
}

/** How many marks there are. */
export const markCount = shapes.length;

/** The outline of mark `index` at radius `r` around the origin, as the data of an SVG path. */
export function markPath(index: number, r: number): string {
  const corners = shapes[index % shapes.length];
  if (corners === null) return `M${r},0A${r},${r},0,1,1,${-r},0A${r},${r},0,1,1,${r},0Z`;
  return `M${corners.map(([x, y]) => `${round(x * r)},${round(y * r)}`).join('L')}Z`;
}

const round = (x: number) => Math.round(100 * x) / 100;

/** The same for Plot. One object for each mark: Plot compares them. */
const symbols = shapes.map(
  (corners): Mark => ({
    draw(context, size) {
      const r = Math.sqrt(size / Math.PI);
      if (corners === null) {
        context.moveTo(r, 0);
        context.arc(0, 0, r, 0, 2 * Math.PI);
        return;
      }
      corners.forEach(([x, y], i) => {
        if (i === 0) context.moveTo(x * r, y * r);
        else context.lineTo(x * r, y * r);
      });
      context.closePath();
    },
  }),
);

export const markSymbol = (index: number): Mark => symbols[index % symbols.length];
