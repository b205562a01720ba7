// How far a study is, and what is running now.
import { displayName } from '../../../src/analysis/names.ts';
import { duration, fixed, number, plural, short } from '../../../src/report/format.ts';
import type { RunningRun, StudyView } from '../../../src/server/wire.ts';
import { runStates, standings } from '../parts/standing.ts';
import { Table } from '../parts/table.tsx';
import { hrefOf } from '../route.ts';
import { Controls, StopRun } from './controls.tsx';

export function ProgressPanel({ view: { id, progress } }: { view: StudyView }) {
  const { standing, runs, runsExpected, cells, cellsDone, etaSeconds, tokensPerSecond, holder } = progress;
  const finished = runs.done + runs.diverged + runs.failed;
  const share = runsExpected > 0 ? Math.min(1, finished / runsExpected) : 0;
  const counts = runStates.filter((state) => runs[state] > 0);
  return (
    <section class="progress" aria-label="Progress">
      <div class="facts">
        <span class={`standing ${standing}`}>{standings[standing]}</span>
        <span>
          {number(finished)} of {standing === 'finished' ? '' : 'about '}
          {plural(runsExpected, 'run')}
        </span>
        <span>
          {cellsDone} of {plural(cells, 'cell')} done
        </span>
        {etaSeconds !== null && standing !== 'finished' && <span>{duration(etaSeconds)} to go</span>}
        {tokensPerSecond > 0 && <span>{number(Math.round(tokensPerSecond))} tokens/s</span>}
        {holder && <span class="muted">{holder}</span>}
      </div>
      <progress value={share} max={1} aria-label="Share of runs that are finished" />
      <div class="facts counts">
        {counts.map((state) => (
          <span key={state}>
            <i class={`dot ${state}`} aria-hidden="true" />
            {runs[state]} {state}
          </span>
        ))}
      </div>
      <Controls id={id} progress={progress} />
      <Running id={id} runs={progress.running} />
    </section>
  );
}

function Running({ id, runs }: { id: string; runs: readonly RunningRun[] }) {
  if (runs.length === 0) return null;
  return (
    <>
      <h2>Running now</h2>
      <Table
        caption="Running now"
        columns={[
          {
            name: 'run',
            text: true,
            cell: (one: RunningRun) => (
              <a href={hrefOf(['study', id, 'run', one.run])}>
                {displayName(one.optimizer)}, batch size {one.batchSize}, rate {short(one.lr)}, seed{' '}
                {one.seed}
              </a>
            ),
          },
          {
            name: 'step',
            cell: ({ step, steps }: RunningRun) => (
              <>
                {number(step)} of {number(steps)}{' '}
                <progress class="small" value={step} max={steps} aria-label="Share of its steps" />
              </>
            ),
          },
          { name: 'loss', cell: ({ loss }: RunningRun) => fixed(loss) },
          { name: 'tokens/s', cell: ({ tokensPerSecond: n }: RunningRun) => number(Math.round(n)) },
          {
            name: 'to go',
            cell: ({ etaSeconds }: RunningRun) => (etaSeconds === null ? '–' : duration(etaSeconds)),
          },
          { name: '', cell: ({ run }: RunningRun) => <StopRun id={id} run={run} /> },
        ]}
        rows={runs}
      />
    </>
  );
}
