// A race in words: what it costs, how far it is, and how it ended.
import { arms, tokensOf } from './race.ts';
import type { Lane } from './run-race.ts';
import type { Settings } from './settings.ts';
import type { Race } from './use-race.ts';

/** What the next race costs, from the speed of those before. */
export function Cost({ settings, race }: { settings: Settings; race: Race }) {
  const { given, batchSize } = settings;
  const tokens = tokensOf(given, batchSize);
  const speeds = race.lanes.filter(({ trainedMs }) => trainedMs > 500).map((lane) => speedOf(lane, race));
  const slowest = Math.min(...speeds);
  return (
    <p class="muted">
      A race at batch size {batchSize} costs {tokens.toLocaleString('en')} tokens for each of the two
      {race.plan?.batchSize === batchSize && speeds.length > 0
        ? `, about ${secondsText(tokens / slowest)} at the present speed`
        : ''}
      . The two run side by side, each in a worker on one core. The first race also loads the engine (14 MB, a
      quarter of that where the server compresses) and compiles it, which is told apart below.
      {race.problem && (
        <strong role="alert">
          <br />
          {race.problem}
        </strong>
      )}
    </p>
  );
}

/** Tokens a second. */
const speedOf = ({ step, trainedMs, steps }: Lane, { plan }: Race) =>
  ((step / steps) * tokensOf(plan!.given, plan!.batchSize) * 1000) / trainedMs;

const secondsText = (seconds: number): string =>
  seconds < 90 ? `${Math.max(1, Math.round(seconds))} s` : `${Math.round(seconds / 60)} min`;

/** Below this, in nats, two losses are called level. */
const LEVEL = 0.08;

/** How the race stands, said to readers of screens as well. */
export function Answer({ race }: { race: Race }) {
  return (
    <p class="answer" role="status" data-testid="answer">
      {sentence(race)}
    </p>
  );
}

function sentence({ state, lanes, plan, paused }: Race): string {
  if (state === 'idle' || !plan) return 'No race is running. Choose a batch size and start one.';
  if (state === 'running') {
    if (paused) return 'Paused. It will go on at the very step where it stopped.';
    return lanes.some((lane) => lane.state === 'training') ? 'Training …' : 'Loading and compiling …';
  }
  const failed = lanes.filter((lane) => lane.state === 'failed');
  if (failed.length > 0) return failed.map(({ arm, reason }) => `${arms[arm].title}: ${reason}.`).join(' ');
  const at = `Batch size ${plan.batchSize}, equal ${plan.given}: `;
  const diverged = lanes.filter((lane) => lane.state === 'diverged').map(({ arm }) => arms[arm].title);
  if (diverged.length > 0)
    return `${at}${diverged.join(' and ')} diverged at the chosen learning rate. Try a smaller one.`;
  const [better, worse] = [...lanes].sort((a, b) => a.loss! - b.loss!);
  const gap = worse.loss! - better.loss!;
  const [a, b] = [arms[better.arm].title, arms[worse.arm].title];
  const losses = `${a} ${better.loss!.toFixed(3)}, ${b} ${worse.loss!.toFixed(3)} nats per token`;
  return gap < LEVEL
    ? `${at}${losses}. They are level, ${gap.toFixed(2)} nats apart.`
    : `${at}${losses}. ${b} is ${gap.toFixed(2)} nats behind.`;
}
