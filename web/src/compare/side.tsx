// One side of a comparison: a study, or one optimizer of it.
import { useMemo } from 'preact/hooks';
import { displayName } from '../../../src/analysis/names.ts';
import { gapFigure } from '../../../src/figures/gap.ts';
import { lrMapFigure } from '../../../src/figures/lr-map.ts';
import { gapRows, lrCurveRows, tunedLossRows } from '../../../src/figures/rows.ts';
import { tunedLossFigure } from '../../../src/figures/tuned-loss.ts';
import type { Group } from '../../../src/report/types.ts';
import type { RunTable, StudyView } from '../../../src/server/wire.ts';
import { useResource } from '../data/resource.ts';
import { belongsTo, runRows } from '../data/rows.ts';
import { tableOf, viewOf } from '../data/store.ts';
import { Figure } from '../parts/figure.tsx';
import { GroupSelect, groupIndex } from '../parts/group-select.tsx';
import { standings } from '../parts/standing.ts';
import { hrefOf } from '../route.ts';

interface Props {
  id: string;
  arm: string | null;
  onArm(arm: string | undefined): void;
  /** Which group of the summary, as an address has it, and the field of the address. */
  group: string | null;
  groupField: string;
}

export function Side({ id, arm, onArm, group, groupField }: Props) {
  const { value: view, error } = useResource(viewOf(id));
  const { value: table } = useResource(tableOf(id));
  if (!view || !table)
    return error ? <p role="alert">This study cannot be shown: {error}.</p> : <p class="loading">Loading…</p>;
  const { groups } = view.summary;
  const index = groupIndex(groups, group);
  return (
    <>
      <label class="field">
        Optimizer
        <select value={arm ?? ''} onChange={(event) => onArm(event.currentTarget.value || undefined)}>
          <option value="">all</option>
          {Object.keys(view.setup.optimizers).map((name) => (
            <option key={name} value={name}>
              {displayName(name)}
            </option>
          ))}
        </select>
      </label>
      <GroupSelect groups={groups} index={index} name={groupField} />
      <p class="facts">
        <span class={`standing ${view.progress.standing}`}>{standings[view.progress.standing]}</span>
        <a href={hrefOf(['study', id])}>Open the study</a>
      </p>
      <p class="answer">{view.summary.answer[0] ?? 'There is no answer yet.'}</p>
      <Figures arm={arm} view={view} table={table} group={groups[index]} />
    </>
  );
}

interface FiguresProps extends Pick<Props, 'arm'> {
  view: StudyView;
  table: RunTable;
  group: Group | undefined;
}

function Figures({ arm, view, table, group }: FiguresProps) {
  const { summary, setup } = view;
  const drawn = useMemo(() => {
    if (!group) return null;
    const isOwn = belongsTo(group, view);
    const ofArm = ({ optimizer }: { optimizer: string }) => arm === null || optimizer === arm;
    const all = summary.cells.filter(isOwn);
    const cells = all.filter(ofArm);
    const rows = runRows(table).filter((row) => isOwn(row) && ofArm(row));
    const gaps = group.gaps.filter(({ challenger }) => arm === null || challenger === arm);
    return {
      gap: gapRows(gaps, all),
      tuned: tunedLossRows(cells),
      lr: lrCurveRows(rows, cells, summary.tuningSeed),
    };
    // Progress moves every second, and makes a new view.
  }, [setup, summary, table, arm, group]);
  if (!drawn) return <p class="muted">There is nothing to draw yet.</p>;
  const common = { optimizers: Object.keys(setup.optimizers), per: summary.lossPer };
  const of = `${setup.name}${arm ? `-${arm}` : ''}`;
  return (
    <>
      {arm !== summary.baseline && summary.baseline !== null && (
        <Figure
          {...common}
          name={`${of}-gap`}
          title="Gap"
          draw={gapFigure}
          rows={drawn.gap}
          columns={['batchSize', 'baseline', 'challenger', 'gap', 'lo', 'hi', 'seeds', 'bracketed', 'status']}
          nothing="No gap yet."
        />
      )}
      <Figure
        {...common}
        name={`${of}-tuned-loss`}
        title="Tuned loss"
        draw={tunedLossFigure}
        rows={drawn.tuned}
        columns={['optimizer', 'batchSize', 'valLoss', 'lowest', 'highest', 'seeds', 'bracketed', 'status']}
      />
      <Figure
        {...common}
        name={`${of}-map`}
        title="Learning rates by batch size"
        draw={lrMapFigure}
        rows={drawn.lr}
        columns={['optimizer', 'batchSize', 'lr', 'hyper', 'valLoss', 'status', 'best', 'bracketed']}
      />
    </>
  );
}
