// `gaplab trainer check`: runs a script some times at a small budget and says, line by line,
// whether a study can rely on it.
import type { FrozenStudy } from '../store/schemas.ts';
import { checkResume } from './check-resume.ts';
import { type Finding, type ReportFinding, shownLoss } from './finding.ts';
import {
  type Bench,
  configOf,
  createBench,
  type PointChange,
  runTrial,
  type Trial,
  type TrialOptions,
} from './trial.ts';
import { type Takes, takesOf } from './trial-time.ts';

export interface Checked {
  findings: Finding[];
  /** What the study will take; undefined when the script does not run. */
  takes?: Takes;
}

/** How much larger than the guess an absurd learning rate is. */
const ABSURD = 1e6;

/** Each finding goes to `onFinding` as it is made. */
export async function checkTrainer(
  study: FrozenStudy,
  { onFinding, ...options }: TrialOptions & { onFinding(finding: Finding): void },
): Promise<Checked> {
  const findings: Finding[] = [];
  const bench = createBench(study, options);
  const report: ReportFinding = (level, what, text) => {
    findings.push({ level, what, text });
    onFinding({ level, what, text });
  };
  try {
    const first = await runTrial(bench, configOf(bench));
    if (!checkMetric(bench, first, report)) return { findings };
    const loss = lossOf(first)!;
    const noise = await checkSame(bench, loss, report);
    await checkSeed(bench, loss, noise, report);
    const large = await checkParameters(bench, loss, noise, report);
    await checkArms(bench, loss, report);
    await checkResume(bench, first, noise, report);
    await checkAbsurd(bench, report);
    const takes = takesOf(study, options.steps, [first, large]);
    report('ok', 'time', takes.text);
    return { findings, takes };
  } finally {
    bench.clean();
  }
}

export const lossOf = ({ outcome }: Trial): number | undefined => outcome?.valLoss ?? undefined;

/** Whether the script runs and its metric is found; without that nothing else can be looked at. */
function checkMetric({ study, options }: Bench, trial: Trial, report: ReportFinding): boolean {
  const { value, stdout } = study.trainer!.metrics;
  const name = stdout && stdout !== 'json' ? 'valLoss' : value;
  const { outcome, failure, told } = trial;
  if (failure) {
    report('broken', failure.again ? 'start' : 'metric', `${failure.message}${lastLines(failure.output)}`);
    return false;
  }
  if (outcome?.status === 'diverged') {
    report('broken', 'metric', `the run diverged at once: ${outcome.reason}; lower the learning rate (lr)`);
    return false;
  }
  report('ok', 'metric', `${name} is ${shownLoss(lossOf(trial)!)} after ${options.steps} steps`);
  const last = told.at(-1)?.step ?? 0;
  if (!told.some(({ loss }) => Number.isFinite(loss)))
    report(
      'note',
      'curve',
      'no training loss was seen, so there are no curves; tell step and loss now and then',
    );
  else if (last > options.steps)
    report(
      'broken',
      'steps',
      `${options.steps} were asked for and step ${last} was told: the number of steps does not arrive`,
    );
  return true;
}

const lastLines = (output: string): string => {
  const lines = output.split(/[\r\n]+/).filter((line) => line.trim() !== '');
  return lines.length > 1 ? `\n${lines.slice(-8).join('\n')}` : '';
};

/** The noise floor: how far apart two equal runs end. */
async function checkSame(bench: Bench, loss: number, report: ReportFinding): Promise<number> {
  const again = lossOf(await runTrial(bench, configOf(bench)));
  if (again === undefined) {
    report('broken', 'same seed', 'the same run again did not end with a loss');
    return 0;
  }
  const noise = Math.abs(again - loss);
  if (noise === 0) report('ok', 'same seed', 'the same run again ends with the same loss');
  else
    report(
      'note',
      'same seed',
      `the same run again ends ${shownLoss(noise)} away: that is the noise floor, and no finer difference means anything`,
    );
  return noise;
}

/** Two equal runs differ by as much; what differs by more is another run. */
const differs = (a: number | undefined, b: number, noise: number): boolean =>
  a === undefined || Math.abs(a - b) > 3 * noise;

async function checkSeed(bench: Bench, loss: number, noise: number, report: ReportFinding): Promise<void> {
  const { study } = bench;
  const other = lossOf(await runTrial(bench, configOf(bench, { seed: study.seeds.tune + 1 })));
  const isOther = differs(other, loss, noise) && other !== loss;
  if (isOther && other !== undefined)
    report('ok', 'other seed', `another seed ends ${shownLoss(Math.abs(other - loss))} away`);
  else if (other === undefined) report('broken', 'other seed', 'another seed did not end with a loss');
  else if (noise > 0)
    report(
      study.trainer!.paired ? 'broken' : 'note',
      'other seed',
      `another seed cannot be told from the same one again${study.trainer!.paired ? ': the seed fixes nothing, so it must not say paired: true' : ''}`,
    );
  else
    report(
      study.seeds.fresh > 0 ? 'broken' : 'note',
      'other seed',
      'another seed ends with the same loss: the seed does not arrive, and further seeds would say nothing (names: {seed: ...})',
    );
}

/** Every number that the study varies must change something. Gives the trial at the largest batch size. */
async function checkParameters(
  bench: Bench,
  loss: number,
  noise: number,
  report: ReportFinding,
): Promise<Trial> {
  const { study } = bench;
  const [arm] = Object.values(study.optimizers);
  const { lr, hyper } = configOf(bench);
  const batchSize = study.batchSizes.length > 1 ? study.batchSizes.at(-1)! : 2 * study.batchSizes[0];
  const changes: [name: string, change: PointChange][] = [
    ['lr', { lr: Number((lr * 1.5).toPrecision(6)) }],
    ...Object.entries(hyper).flatMap(([name, value]): [string, PointChange][] => {
      const other = arm.axes[name]?.[1] ?? Number((value * 0.9).toPrecision(6));
      return other === value ? [] : [[name, { hyper: { ...hyper, [name]: other } }]];
    }),
    ['batchSize', { batchSize }],
  ];
  const lost: string[] = [];
  const arrived: string[] = [];
  let last!: Trial;
  for (const [name, change] of changes) {
    last = await runTrial(bench, configOf(bench, change));
    if (last.failure) {
      report('broken', 'parameters', `with another ${name} it fails: ${last.failure.message}`);
      continue;
    }
    const other = lossOf(last);
    (other !== undefined && (other === loss || !differs(other, loss, noise)) ? lost : arrived).push(name);
  }
  if (arrived.length > 0)
    report('ok', 'parameters', `${arrived.join(', ')} arrive: the loss depends on them`);
  if (lost.length > 0)
    report(
      'broken',
      'parameters',
      `${lost.join(', ')} ${lost.length > 1 ? 'change' : 'changes'} nothing: the script does not use it under that name (trainer.names)`,
    );
  return last;
}

/** The other arms run, and are not the first one, which ended with `first`. */
async function checkArms(bench: Bench, first: number, report: ReportFinding): Promise<void> {
  const labels = Object.keys(bench.study.optimizers);
  const seen = new Map([[String(first), labels[0]]]);
  for (const label of labels.slice(1)) {
    // At one learning rate, so that nothing but their arguments tells them apart.
    const config = { ...configOf(bench, { optimizer: label }), lr: configOf(bench).lr };
    const trial = await runTrial(bench, config);
    if (trial.failure) {
      report('broken', `arm ${label}`, trial.failure.message);
      continue;
    }
    const loss = lossOf(trial);
    if (loss === undefined) continue;
    const same = seen.get(String(loss));
    if (same !== undefined)
      report(
        'broken',
        `arm ${label}`,
        `it ends with the loss of ${same} at the same learning rate: its args change nothing`,
      );
    else seen.set(String(loss), label);
  }
  if (seen.size === labels.length && labels.length > 1)
    report('ok', 'arms', `${labels.join(', ')} run, and end with losses of their own`);
}

/**
 * A learning rate that nobody would use must be told as diverged, or the search would believe what comes out.
 */
async function checkAbsurd(bench: Bench, report: ReportFinding): Promise<void> {
  const config = configOf(bench);
  const lr = Number((config.lr * ABSURD).toPrecision(6));
  const { outcome, failure } = await runTrial(bench, { ...config, lr });
  const what = 'divergence';
  if (outcome?.status === 'diverged')
    report('ok', what, `learning rate ${lr} is told as diverged: ${outcome.reason}`);
  else if (outcome)
    report(
      'broken',
      what,
      `learning rate ${lr} ends with a loss of ${shownLoss(outcome.valLoss!)}, as if nothing were wrong: let the script print nan, or give guessLoss, the loss of guessing`,
    );
  else
    report(
      'broken',
      what,
      `at learning rate ${lr} it fails instead of telling divergence (${failure?.message ?? 'interrupted'}): let it print the loss before it gives up`,
    );
}
