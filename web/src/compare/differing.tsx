// The two sides in one table: tuned losses at the batch sizes that both have, and their difference.
import { displayName } from '../../../src/analysis/names.ts';
import { fixed, short, signed } from '../../../src/report/format.ts';
import type { StudyView } from '../../../src/server/wire.ts';
import { useResource } from '../data/resource.ts';
import { viewOf } from '../data/store.ts';
import { Table } from '../parts/table.tsx';

interface One {
  id: string;
  arm: string | null;
}

interface Line {
  batchSize: number;
  left: Found;
  right: Found;
}
type Found = StudyView['summary']['cells'][number] | undefined;

export function Differing({ left, right }: { left: One; right: One }) {
  const { value: a } = useResource(viewOf(left.id));
  const { value: b } = useResource(viewOf(right.id));
  if (!a || !b) return null;
  const pairs = pairsOf(a, b, left.arm, right.arm);
  return (
    <section>
      <h2>Difference</h2>
      {a.setup.data?.fingerprint !== b.setup.data?.fingerprint && (
        <p class="warning">The two studies have different data, so their losses mean different things.</p>
      )}
      {pairs.length === 0 && <p class="muted">The two sides have no optimizer and batch size in common.</p>}
      {pairs.map(({ arms: [x, y], lines }) => (
        <Table
          key={`${x} ${y}`}
          caption={`${displayName(x)} on the left, ${displayName(y)} on the right: tuned loss, right minus left`}
          columns={[
            { name: 'batch size', cell: ({ batchSize }: Line) => batchSize },
            { name: 'left', cell: (line: Line) => lossOf(line.left) },
            { name: 'right', cell: (line: Line) => lossOf(line.right) },
            { name: `nats/${a.summary.lossPer}`, cell: (line: Line) => differenceOf(line) },
            { name: '% of the left', cell: (line: Line) => differenceOf(line, true) },
            { name: 'rate left', cell: (line: Line) => rateOf(line.left) },
            { name: 'rate right', cell: (line: Line) => rateOf(line.right) },
          ]}
          rows={lines}
        />
      ))}
    </section>
  );
}

/** With two arms that pair; without, every arm that both studies have. Only the first budget of each is compared. */
function pairsOf(a: StudyView, b: StudyView, x: string | null, y: string | null) {
  const arms = ({ setup }: StudyView) => Object.keys(setup.optimizers);
  const couples: [string, string][] =
    x !== null || y !== null
      ? [[x ?? y!, y ?? x!]]
      : arms(a)
          .filter((arm) => arms(b).includes(arm))
          .map((arm) => [arm, arm]);
  const cell = ({ summary }: StudyView, optimizer: string, batchSize: number) =>
    summary.cells.find((one) => one.optimizer === optimizer && one.batchSize === batchSize);
  const sizes = a.setup.batchSizes.filter((size) => b.setup.batchSizes.includes(size));
  return couples
    .map((couple) => ({
      arms: couple,
      lines: sizes.map(
        (batchSize): Line => ({
          batchSize,
          left: cell(a, couple[0], batchSize),
          right: cell(b, couple[1], batchSize),
        }),
      ),
    }))
    .filter(({ lines }) => lines.some(({ left, right }) => left && right));
}

const lossOf = (cell: Found): string =>
  cell?.best
    ? fixed(cell.best.valLossMean, 4)
    : !cell || cell.missing > 0
      ? 'not run yet'
      : cell.failed > 0
        ? 'failed'
        : cell.diverged > 0
          ? 'diverged'
          : 'not run yet';

const rateOf = (cell: Found): string => (cell?.best ? short(cell.best.lr) : '–');

function differenceOf({ left, right }: Line, percent = false): string {
  if (!left?.best || !right?.best) return '–';
  const nats = right.best.valLossMean - left.best.valLossMean;
  return percent ? `${signed((100 * nats) / left.best.valLossMean, 1)}%` : signed(nats);
}
