// Whether a script that is killed, or asked to end, comes to the same loss in the next attempt.
import { type ReportFinding, shownLoss } from './finding.ts';
import { type Bench, configOf, runTrial, type Trial } from './trial.ts';

/** Ends the run of `undisturbed` half way, in both ways, and lets it go on. */
export async function checkResume(
  bench: Bench,
  undisturbed: Trial,
  noise: number,
  report: ReportFinding,
): Promise<void> {
  const half = Math.ceil(bench.options.steps / 2);
  if (!undisturbed.told.some(({ step }) => step >= 1 && step < bench.options.steps))
    return report(
      'note',
      'kill',
      'not tried: the script tells no step before the last one, so nobody knows when to kill it',
    );
  const step = undisturbed.told.find((one) => one.step >= half && one.step < bench.options.steps)?.step ?? 1;
  for (const how of ['kill', 'ask'] as const)
    await checkEnding(bench, undisturbed, { noise, step, how }, report);
}

const names = { kill: ['kill -9', 'killed'], ask: ['SIGTERM', 'asked to end'] } as const;

async function checkEnding(
  bench: Bench,
  undisturbed: Trial,
  { noise, step, how }: { noise: number; step: number; how: 'kill' | 'ask' },
  report: ReportFinding,
): Promise<void> {
  const [what, done] = names[how];
  const folder = bench.folder();
  const config = configOf(bench);
  const first = await runTrial(bench, config, { folder, after: { step, how } });
  if (first.outcome)
    return report(
      'note',
      what,
      `not tried: the script was over before it could be ${done}; give more --steps`,
    );
  const forced = first.warnings.find((line) => line.includes('did not end within'));
  if (how === 'ask' && forced)
    report(
      'broken',
      what,
      `${forced.replace('; what it saved by then is kept', '')}: it must end when it is asked to`,
    );
  const second = await runTrial(bench, config, { folder, attempt: 2 });
  const loss = second.outcome?.valLoss;
  const goal = undisturbed.outcome!.valLoss!;
  const from = second.told[0]?.step;
  const begins = from === undefined || from <= undisturbed.told[0].step;
  const way = begins ? 'it begins again' : `it goes on from step ${from}`;
  if (loss === undefined || loss === null) {
    const why = second.failure?.message ?? second.outcome?.reason ?? 'interrupted';
    return report(
      'broken',
      what,
      `${done} at step ${step}, the next attempt does not end with a loss: ${why}`,
    );
  }
  const away = Math.abs(loss - goal);
  if (away > 3 * noise)
    return report(
      'broken',
      what,
      `${done} at step ${step}, ${way} and ends with ${shownLoss(loss)}, undisturbed with ${shownLoss(goal)}: what it saves is not all that it needs`,
    );
  if (how === 'ask' && forced) return;
  report(
    begins ? 'note' : 'ok',
    what,
    `${done} at step ${step}, ${way} and ends as undisturbed${begins ? ': there was no checkpoint yet, so this kill cost the whole run (checkpoints belong in GAPLAB_RUN_DIR; --steps makes longer trials)' : ''}`,
  );
}
