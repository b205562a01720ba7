// The curves of one run: its losses together, every other number on its own, clipping by kind of layer or by tensor.
import type { Metrics } from '../../../src/server/wire.ts';
import { Chart, type ChartLine } from '../parts/chart.tsx';
import { drawable, smoothed } from '../parts/lines.ts';
import { setState, useRoute } from '../route.ts';
import { metricName, metricNames } from '../runs/metric-names.ts';
import { Part } from './page.tsx';

const places = { tokens: 'tokens', steps: 'steps', time: 'training time (seconds)' } as const;

export function RunCurves({ metrics, per, run }: { metrics: Metrics; per: string; run: string }) {
  const { query } = useRoute();
  const x = (query.get('x') ?? 'tokens') as keyof typeof places;
  const [logX, logY] = [query.get('logx') === '1', query.get('logy') === '1'];
  const share = Number(query.get('smooth') ?? 0);
  const xs = (
    { steps: metrics.step, tokens: metrics.columns.tokens, time: metrics.columns.seconds }[x] ?? metrics.step
  ).map((at) => at ?? Number.NaN);
  const line = (name: string, column: readonly (number | null)[], slot: number, log = false): ChartLine => ({
    ...smoothed(drawable({ x: xs, y: [...column] }, logX, log), share),
    name,
    slot,
  });
  const names = metricNames([metrics]);
  const losses = ['loss', 'valLoss'].filter((name) => names.includes(name));
  const axis = { label: places[x], log: logX };
  if (metrics.step.length === 0)
    return <Part title="Curves" absent="This run has written no line of metrics yet." />;
  return (
    <section aria-label="Curves">
      <div class="controls">
        <label class="field">
          Against
          <select value={x} onChange={(event) => setState({ x: event.currentTarget.value })}>
            {Object.entries(places).map(([name, label]) => (
              <option key={name} value={name}>
                {label}
              </option>
            ))}
          </select>
        </label>
        <label class="field">
          Smoothing
          <input
            type="range"
            min="0"
            max="0.98"
            step="0.02"
            value={share}
            onInput={(event) => setState({ smooth: event.currentTarget.value })}
          />
          <output>{share}</output>
        </label>
        <Check name="logx" label="log across" isOn={logX} />
        <Check name="logy" label="log up (losses)" isOn={logY} />
      </div>
      {losses.length > 0 && (
        <Chart
          name={`${run}-loss`}
          title="Loss"
          lines={losses.map((name, i) =>
            line(metricName(name, per), metrics.columns[name], i === 0 ? 0 : 1, logY),
          )}
          x={axis}
          y={{ label: `loss (nats/${per})`, log: logY }}
        />
      )}
      <div class="figures">
        {names
          .filter((name) => !losses.includes(name))
          .map((name) => (
            <Chart
              key={name}
              name={`${run}-${name}`}
              title={metricName(name, per)}
              lines={[line(metricName(name, per), metrics.columns[name], 0)]}
              x={axis}
              y={{ label: '', log: false }}
              height={200}
            />
          ))}
      </div>
      <Clipping metrics={metrics} run={run} line={line} axis={axis} />
    </section>
  );
}

const Check = ({ name, label, isOn }: { name: string; label: string; isOn: boolean }) => (
  <label class="field">
    <input type="checkbox" checked={isOn} onChange={() => setState({ [name]: isOn ? undefined : '1' })} />
    {label}
  </label>
);

interface ClippingProps {
  metrics: Metrics;
  run: string;
  line(name: string, column: readonly (number | null)[], slot: number): ChartLine;
  axis: { label: string; log: boolean };
}

function Clipping({ metrics: { clippedKinds, clippedLayers }, run, line, axis }: ClippingProps) {
  const byLayer = useRoute().query.get('clipped') === 'layers';
  const shown = byLayer ? clippedLayers : clippedKinds;
  const isThere = Object.keys(clippedKinds).length + Object.keys(clippedLayers).length > 0;
  return (
    <Part
      title="Clipped coordinates"
      absent={!isThere && 'This run clips no single coordinates, so none were counted.'}
    >
      <label class="field">
        <input
          type="checkbox"
          checked={byLayer}
          onChange={() => setState({ clipped: byLayer ? undefined : 'layers' })}
        />
        every layer
      </label>
      <Chart
        name={`${run}-clipped`}
        title={
          byLayer
            ? 'Share of coordinates clipped, by layer'
            : 'Share of coordinates clipped, by kind of layer'
        }
        lines={Object.entries(shown).map(([name, column], i) => ({
          ...line(name, column, i),
          dashed: i >= 12,
        }))}
        x={axis}
        y={{ label: 'share of coordinates', log: false }}
      />
    </Part>
  );
}
