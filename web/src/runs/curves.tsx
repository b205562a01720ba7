// The curves of the pinned settings over each other: seeds as their mean and range, or one by one.
import { useMemo } from 'preact/hooks';
import type { Metrics, StudyView } from '../../../src/server/wire.ts';
import { useResources } from '../data/resource.ts';
import { metricsOf } from '../data/store.ts';
import { Chart, type ChartLine } from '../parts/chart.tsx';
import { axes, type CurveChoice, choiceOf, placesOf } from '../parts/curve-choice.ts';
import { Check, CurveControls } from '../parts/curve-controls.tsx';
import { type Curve, drawable, meanOf, smoothed } from '../parts/lines.ts';
import { hrefOf, setState, useRoute } from '../route.ts';
import { metricName, metricNames } from './metric-names.ts';
import { type Setting, slotsOf } from './settings.ts';

/** More curves than this are a tangle, and slow. */
const mostLines = 40;

export function Curves({ view, settings }: { view: StudyView; settings: readonly Setting[] }) {
  const { query } = useRoute();
  const choice = {
    ...choiceOf(query),
    metric: query.get('y') ?? 'loss',
    single: query.get('seeds') === 'single',
  };
  const shown = settings.slice(0, mostLines);
  const runs = shown.flatMap((setting) => setting.runs);
  const known = useResources(runs.map(({ runId }) => metricsOf(view.id, runId)));
  const newest = known.map(({ value }) => value?.cursor ?? '').join();
  const metrics = new Map(known.flatMap(({ value }) => (value ? [[value.run, value] as const] : [])));
  const errors = [...new Set(known.flatMap(({ error }) => error ?? []))];
  const lines = useMemo(
    () => linesOf(view, shown, metrics, choice),
    [view.id, shown.map(({ id }) => id).join(), runs.length, newest, JSON.stringify(choice)],
  );
  const names = metricNames([...metrics.values()]);
  return (
    <section aria-label="Curves of pinned settings">
      <div class="controls">
        <label class="field">
          Shown
          <select value={choice.metric} onChange={(event) => setState({ y: event.currentTarget.value })}>
            {[...new Set([choice.metric, ...names])].map((name) => (
              <option key={name} value={name}>
                {metricName(name, view.summary.lossPer)}
              </option>
            ))}
          </select>
        </label>
        <CurveControls choice={choice} up="log up" />
        <Check name="seeds" value="single" label="single runs" />
      </div>
      {settings.length > mostLines && (
        <p class="muted">
          {settings.length} settings are pinned; the first {mostLines} are drawn.
        </p>
      )}
      {errors.map((error) => (
        <p key={error} role="alert" class="warning">
          A curve cannot be fetched: {error}.
        </p>
      ))}
      {settings.length === 0 ? (
        <p class="muted">No run is pinned. Pin one in the table below to see its curve.</p>
      ) : (
        <Chart
          name="curves"
          title={`${metricName(choice.metric, view.summary.lossPer)} against ${axes[choice.x]}`}
          lines={lines}
          x={{ label: axes[choice.x], log: choice.logX }}
          y={{ label: metricName(choice.metric, view.summary.lossPer), log: choice.logY }}
          height={380}
        />
      )}
    </section>
  );
}

interface Choice extends CurveChoice {
  metric: string;
  single: boolean;
}

function linesOf(
  { id, setup }: StudyView,
  settings: readonly Setting[],
  metrics: ReadonlyMap<string, Metrics>,
  choice: Choice,
): ChartLine[] {
  const slots = slotsOf(settings, Object.keys(setup.optimizers));
  return settings.flatMap((setting, i): ChartLine[] => {
    const runs = setting.runs.flatMap((row) => {
      const own = metrics.get(row.runId);
      return own ? [{ row, curve: curveOf(own, choice) }] : [];
    });
    const withPoints = runs.filter(({ curve }) => curve.x.length > 0);
    if (withPoints.length === 0) return [];
    const slot = slots[i];
    if (choice.single)
      return withPoints.map(({ row, curve }) => ({
        ...smoothed(curve, choice.smooth),
        name: `${setting.label}, seed ${row.seed}${ending(row.status)}`,
        slot,
        href: hrefOf(['study', id, 'run', row.runId]),
      }));
    const ended = withPoints.filter(({ row }) => row.status === 'diverged').length;
    const count = withPoints.length > 1 ? `, ${withPoints.length} seeds` : '';
    const name = `${setting.label}${count}${ended > 0 ? `, ${ended} diverged` : ''}`;
    const mean = meanOf(withPoints.map(({ curve }) => smoothed(curve, choice.smooth)));
    return [{ ...mean, name, slot, href: hrefOf(['study', id, 'run', setting.run]) }];
  });
}

const ending = (status: string) => (status === 'diverged' || status === 'failed' ? `, ${status}` : '');

function curveOf(metrics: Metrics, { x, metric, logX, logY }: Choice): Curve {
  const xs = placesOf(metrics, x);
  const y = metrics.columns[metric] ?? [];
  return drawable({ x: xs, y: xs.map((_, i) => y[i] ?? null) }, logX, logY);
}
