// The curves of one run: its losses together, every other number on its own, clipping by kind of layer or by tensor.
import type { Metrics } from '../../../src/server/wire.ts';
import { Chart, type ChartLine } from '../parts/chart.tsx';
import { axes, choiceOf, placesOf } from '../parts/curve-choice.ts';
import { Check, CurveControls } from '../parts/curve-controls.tsx';
import { drawable, smoothed } from '../parts/lines.ts';
import { Part } from '../parts/part.tsx';
import { useRoute } from '../route.ts';
import { metricName, metricNames } from '../runs/metric-names.ts';

export function RunCurves({ metrics, per, run }: { metrics: Metrics; per: string; run: string }) {
  const choice = choiceOf(useRoute().query);
  const { logX, logY, smooth } = choice;
  const xs = placesOf(metrics, choice.x);
  const line = (name: string, column: readonly (number | null)[], slot: number, log = false): ChartLine => ({
    ...smoothed(drawable({ x: xs, y: [...column] }, logX, log), smooth),
    name,
    slot,
  });
  const names = metricNames([metrics]);
  const losses = ['loss', 'valLoss'].filter((name) => names.includes(name));
  const axis = { label: axes[choice.x], log: logX };
  if (metrics.step.length === 0)
    return <Part title="Curves" absent="This run has written no line of metrics yet." />;
  return (
    <section aria-label="Curves">
      <div class="controls">
        <CurveControls choice={choice} up="log up (losses)" />
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
      <Check name="clipped" value="layers" label="every layer" />
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
