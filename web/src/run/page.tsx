// One run: what became of it, its curves, and everything that was measured while it trained.
import { displayName } from '../../../src/analysis/names.ts';
import { hyperKey } from '../../../src/analysis/rows.ts';
import { duration, fixed, number, short } from '../../../src/report/format.ts';
import type { RunView } from '../../../src/server/wire.ts';
import { useResource } from '../data/resource.ts';
import { metricsOf, runOf, viewOf } from '../data/store.ts';
import { Part } from '../parts/part.tsx';
import { StudyHead } from '../parts/study-head.tsx';
import { Table } from '../parts/table.tsx';
import { hrefOf } from '../route.ts';
import { StopRun } from '../study/controls.tsx';
import { RunCurves } from './curves.tsx';
import { Probes } from './probes.tsx';
import { Samples } from './samples.tsx';

export function RunPage({ study, run }: { study: string; run: string }) {
  const { value: view } = useResource(viewOf(study));
  const { value: one, error } = useResource(runOf(study, run));
  const { value: metrics, error: metricsError } = useResource(metricsOf(study, run));
  if (!one)
    return error ? <p role="alert">This run cannot be shown: {error}.</p> : <p class="loading">Loading…</p>;
  const per = view?.summary.lossPer ?? 'token';
  return (
    <>
      {view && <StudyHead view={view} here="run" error={error ?? metricsError} />}
      <Head study={study} one={one} per={per} />
      {one.damage && (
        <p role="alert" class="warning">
          The files of this run are damaged ({one.damage}), so its curves and probes are not drawn.
        </p>
      )}
      {metrics && !one.damage && <RunCurves metrics={metrics} per={per} run={run} />}
      {!metrics && !one.damage && (
        <p class="loading">
          {metricsError ? `Its curves cannot be shown: ${metricsError}.` : 'Loading its curves…'}
        </p>
      )}
      <Samples probes={one.probes} />
      <Probes probes={one.probes} run={run} per={per} />
      <Configuration one={one} />
      <Log one={one} />
    </>
  );
}

function Head({ study, one, per }: { study: string; one: RunView; per: string }) {
  const { run, points, state, result, winner, stage, rule } = one;
  const [point] = points;
  const judged = result && result.status !== 'failed' ? result : null;
  const why = result?.status === 'failed' ? result.error : result?.reason;
  return (
    <section aria-label="What became of it">
      <h2>
        {points.map(({ optimizer }) => displayName(optimizer)).join(' and ')} at batch size {point.batchSize},
        rate {short(point.lr)}, seed {point.seed}
      </h2>
      <div class="facts">
        <span>
          <i class={`dot ${state}`} aria-hidden="true" />
          <b>{state}</b>
        </span>
        {judged?.valLoss != null && (
          <span>
            loss {fixed(judged.valLoss, 4)} nats/{per}
          </span>
        )}
        {judged && (
          <span>
            {number(judged.step)} of {number(judged.steps)} steps, {number(judged.tokens)} tokens
          </span>
        )}
        {judged && <span>{duration(judged.seconds)}</span>}
        {judged && <span>{number(Math.round(judged.tokensPerSecond))} tokens/s</span>}
        <span class="muted">
          {stage === 'final' ? 'measures the winner with a fresh seed' : 'tries a setting'} ({rule})
        </span>
        <span class="muted">
          <code>{run}</code>
        </span>
        {state === 'running' && <StopRun id={study} run={run} />}
      </div>
      {hyperKey(point.hyper) && <p class="muted">{hyperKey(point.hyper)}</p>}
      {why && (
        <p role="alert" class="warning">
          {state === 'diverged' ? 'Diverged' : 'Failed'}: {why}
        </p>
      )}
      <Winner study={study} winner={winner} per={per} />
    </section>
  );
}

function Winner({ study, winner, per }: { study: string; winner: RunView['winner']; per: string }) {
  if (!winner) return <p class="muted">Its cell has no winner yet to compare it with.</p>;
  if (winner.itself)
    return <p>This is the winner of its cell: no other setting tried there has a lower loss.</p>;
  return (
    <>
      <h3>Difference to the winner of its cell</h3>
      <p>
        {winner.loss === null
          ? 'This run has no loss to compare. '
          : `Its loss is ${fixed(Math.abs(winner.loss), 4)} nats/${per} ${winner.loss < 0 ? 'below' : 'above'} that of the winner. `}
        <a href={hrefOf(['study', study, 'run', winner.run])}>See the winner</a>
      </p>
      {winner.fields.length > 0 && (
        <Table
          caption="Fields of the configuration that differ"
          columns={[
            { name: 'field', text: true, cell: ({ field }: Field) => <code>{field}</code> },
            { name: 'here', cell: ({ here }: Field) => value(here) },
            { name: 'winner', cell: (field: Field) => value(field.winner) },
          ]}
          rows={winner.fields}
        />
      )}
    </>
  );
}

type Field = NonNullable<RunView['winner']>['fields'][number];

const value = (one: unknown): string =>
  one === undefined ? '–' : typeof one === 'string' ? one : JSON.stringify(one);

const Configuration = ({ one: { config } }: { one: RunView }) => (
  <Part title="Configuration" absent={false}>
    <details>
      <summary>Everything that was set</summary>
      <pre>{JSON.stringify(config, null, 2)}</pre>
    </details>
  </Part>
);

const Log = ({ one: { log, attempts } }: { one: RunView }) => (
  <Part title="Log" absent={log.lines.length === 0 && 'Its log is empty.'}>
    {attempts.length > 1 && (
      <p class="muted">
        Of attempt {attempts.at(-1)}; it was begun {attempts.length} times.
      </p>
    )}
    {log.cut && <p class="muted">The end of the log.</p>}
    <pre class="log">{log.lines.join('\n')}</pre>
  </Part>
);
