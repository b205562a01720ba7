// The two sides in one table: tuned losses at the batch sizes that both have, and their difference.
import { displayName } from '../../../src/analysis/names.ts';
import { cellStatus, statusText } from '../../../src/figures/rows.ts';
import { fixed, short, signed } from '../../../src/report/format.ts';
import type { Group } from '../../../src/report/types.ts';
import type { StudyView } from '../../../src/server/wire.ts';
import { useResource } from '../data/resource.ts';
import { belongsTo } from '../data/rows.ts';
import { viewOf } from '../data/store.ts';
import { groupIndex, groupText } from '../parts/group-select.tsx';
import { Table } from '../parts/table.tsx';

interface One {
  id: string;
  arm: string | null;
  /** Which group of the summary, as an address has it. */
  group: string | null;
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
  const sides = [sideOf(a, left), sideOf(b, right)] as const;
  const pairs = pairsOf(sides[0], sides[1]);
  const [ours, theirs] = sides.map(({ group }) => group && groupText(group));
  return (
    <section>
      <h2>Difference</h2>
      {a.setup.data?.fingerprint !== b.setup.data?.fingerprint && (
        <p class="warning">The two studies have different data, so their losses mean different things.</p>
      )}
      {ours !== theirs && (
        <p class="warning">
          The left side has {ours ?? 'no result yet'}; the right side has {theirs ?? 'no result yet'}.
        </p>
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

interface OneSide {
  arm: string | null;
  group: Group | undefined;
  arms: string[];
  batchSizes: readonly number[];
  /** Of its group alone. */
  cells: StudyView['summary']['cells'];
}

function sideOf(view: StudyView, { arm, group: text }: One): OneSide {
  const { summary, setup } = view;
  const group: Group | undefined = summary.groups[groupIndex(summary.groups, text)];
  const cells = group ? summary.cells.filter(belongsTo(group, view)) : [];
  return { arm, group, cells, arms: Object.keys(setup.optimizers), batchSizes: setup.batchSizes };
}

/** With two arms that pair; without, every arm that both sides have. */
function pairsOf(a: OneSide, b: OneSide) {
  const couples: [string, string][] =
    a.arm !== null || b.arm !== null
      ? [[a.arm ?? b.arm!, b.arm ?? a.arm!]]
      : a.arms.filter((arm) => b.arms.includes(arm)).map((arm) => [arm, arm]);
  const cell = ({ cells }: OneSide, optimizer: string, batchSize: number) =>
    cells.find((one) => one.optimizer === optimizer && one.batchSize === batchSize);
  const sizes = a.batchSizes.filter((size) => b.batchSizes.includes(size));
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
  cell?.best ? fixed(cell.best.valLossMean, 4) : statusText(cellStatus(cell));

const rateOf = (cell: Found): string => (cell?.best ? short(cell.best.lr) : '–');

function differenceOf({ left, right }: Line, percent = false): string {
  if (!left?.best || !right?.best) return '–';
  const nats = right.best.valLossMean - left.best.valLossMean;
  return percent ? `${signed((100 * nats) / left.best.valLossMean, 1)}%` : signed(nats);
}
