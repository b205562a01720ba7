// The paths of SGD and of sign descent on a canvas, time that runs, and their numbers.
import { useCallback, useMemo } from 'preact/hooks';
import { CanvasFigure } from './canvas.tsx';
import { quantileAt, STEPS } from './fan.ts';
import { type DrawnFan, drawFans } from './fan-board.ts';
import { shortNumber } from './scale.ts';
import type { ResultOf, WishOf } from './theory-jobs.ts';
import { usePlay } from './use-play.ts';

interface Props {
  wish: WishOf<'fans'>;
  result: ResultOf<'fans'>;
}

export const fansOf = ({ wish, result }: Props): DrawnFan[] => [
  { name: wish.beta > 0 ? 'SGD with momentum' : 'SGD', colour: 'color-1', fan: result.sgd },
  { name: wish.beta > 0 ? 'Signum' : 'sign descent', colour: 'color-0', fan: result.sign },
];

export function FanFigure({ wish, result }: Props) {
  const play = usePlay(4);
  const fans = useMemo(() => fansOf({ wish, result }), [result]);
  const last = fans[0].fan.steps.length - 1;
  const at = Math.round(play.at * last);
  const draw = useCallback((board: Parameters<typeof drawFans>[0]) => drawFans(board, fans, at), [fans, at]);
  return (
    <CanvasFigure
      title={`Losses of 256 paths of ${fans[0].name} and ${fans[1].name} at batch size ${wish.batchSize}, over ${STEPS} steps`}
      ratio={0.62}
      draw={draw}
      table={{
        columns: [
          'step',
          ...fans.flatMap(({ name }) => [`${name}, median`, 'lower quarter', 'upper quarter']),
        ],
        rows: [0, 0.1, 0.25, 0.5, 1].map((share) => {
          const r = Math.round(share * last);
          const cells = fans.flatMap(({ fan }) =>
            [0.5, 0.25, 0.75].map((q) => shortNumber(quantileAt(fan, r, q))),
          );
          return [fans[0].fan.steps[r], ...cells];
        }),
      }}
    >
      <p class="muted">
        <span class="swatch" style={{ background: 'var(--color-1)' }} />
        {fans[0].name} <span class="swatch" style={{ background: 'var(--color-0)', marginLeft: '1em' }} />
        {fans[1].name}. Thick: the median; bands: half of the paths, and nine in ten; thin: single paths.
        Right: how many paths lie where at the marked step.
      </p>
      <div class="field timeline">
        <button type="button" onClick={play.toggle}>
          {play.playing ? 'Pause' : 'Play'}
        </button>
        <label for="time" class="hidden">
          Marked step
        </label>
        <input
          id="time"
          type="range"
          min="0"
          max={last}
          value={at}
          aria-valuetext={`step ${fans[0].fan.steps[at]}`}
          onInput={(e) => play.set(Number(e.currentTarget.value) / last)}
        />
      </div>
    </CanvasFigure>
  );
}
