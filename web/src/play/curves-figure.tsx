// The losses of the present race as they come in.
import { Chart } from './chart.tsx';
import { colourOf } from './colours.ts';
import { arms, model, tokensOf } from './race.ts';
import { domainOf, shortNumber } from './scale.ts';
import type { Race } from './use-race.ts';

/** What a model without any knowledge gets: every token as likely as every other. */
const guessing = Math.log(model.vocabSize);

export function CurvesFigure({ race: { lanes, plan } }: { race: Race }) {
  const curves = lanes.map(({ arm, curve }) => ({ arm, points: curve.points() }));
  const tokens = plan ? tokensOf(plan.given, plan.batchSize) : tokensOf('tokens', 2);
  const losses = curves.flatMap(({ points }) => points.map(({ y }) => Math.min(y, guessing + 0.5)));
  const [least, most] = domainOf([...losses, guessing, 4]) ?? [3, guessing];
  // Rows of the table where both have a point, a dozen of them.
  const rows = (curves[0]?.points ?? []).filter((_, i, all) => i % Math.ceil(all.length / 12) === 0);
  const at = (points: { x: number; y: number }[], x: number) =>
    points.findLast((point) => point.x <= x)?.y.toFixed(3) ?? null;
  return (
    <section class="card" aria-labelledby="losses">
      <h2 id="losses">Losses, live</h2>
      <Chart
        title={`Training loss against tokens, ${lanes.map(({ arm }) => arms[arm].title).join(' and ') || 'before a race'}`}
        x={{ label: 'tokens seen', domain: [0, tokens] }}
        y={{ label: 'training loss (nats/token)', domain: [least, most] }}
        series={curves.map(({ arm, points }) => ({ name: arms[arm].title, colour: colourOf(arm), points }))}
        marks={[{ y: guessing, label: 'guessing' }]}
        empty="Start a race to see its losses"
        table={{
          columns: ['tokens', ...curves.map(({ arm }) => arms[arm].title)],
          rows: rows.map(({ x }) => [shortNumber(x), ...curves.map(({ points }) => at(points, x))]),
        }}
      />
      <p class="muted">
        Smoothed over a fiftieth of the run. Lower is better; 0.1 nats are about 10% in perplexity.
      </p>
    </section>
  );
}
