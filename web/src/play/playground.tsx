// The page Playground: two optimizers race in the page; the batch size is the slider that matters.
import { useMemo } from 'preact/hooks';
import { setState, useRoute } from '../route.ts';
import { basinOf } from './basins.ts';
import { CurvesFigure } from './curves-figure.tsx';
import { GapFigure } from './gap-figure.tsx';
import { LaneCard } from './lane-card.tsx';
import { measured } from './measured.ts';
import { arms, model } from './race.ts';
import { RaceControls } from './race-controls.tsx';
import { Answer, Cost } from './race-words.tsx';
import { parseSettings, queryOf, type Settings } from './settings.ts';
import { useRace } from './use-race.ts';
import './style.css';

export default function Playground() {
  const { query } = useRoute();
  const settings = useMemo(() => parseSettings(query), [query.toString()]);
  const { left, right, batchSize, given } = settings;
  const set = (changes: Partial<Settings>) => setState(queryOf({ ...settings, ...changes }));
  const race = useRace();
  const sides = [
    { arm: left, own: settings.lrLeft, move: (lr?: number) => set({ lrLeft: lr }) },
    { arm: right, own: settings.lrRight, move: (lr?: number) => set({ lrRight: lr }) },
  ].map((side) => {
    const basin = basinOf(measured, side.arm, batchSize, given);
    return { ...side, basin, lr: side.own ?? basin.lr };
  });
  const start = () =>
    race.start({ batchSize, given, seed: settings.seed, arms: sides.map(({ arm, lr }) => ({ arm, lr })) });
  const lanes = race.plan && race.lanes;
  return (
    <div class="play">
      <h1>Playground: train it here</h1>
      <p class="prose">
        Two copies of one small language model ({model.layers} layers, a vocabulary of {model.vocabSize}{' '}
        tokens) learn from State of the Union addresses, one with {arms[left].title}, one with{' '}
        {arms[right].title}. They train in this page: nothing leaves your machine. Move the batch size, start,
        and see who learns more.
      </p>
      <RaceControls settings={settings} set={set} race={race} start={start} />
      <Cost settings={settings} race={race} />
      <Answer race={race} />
      <div class="pair">
        <CurvesFigure race={race} />
        <GapFigure settings={settings} results={race.results} clear={race.clear} />
      </div>
      <div class="pair">
        {sides.map((side, i) => (
          <LaneCard
            key={i}
            {...side}
            prompt={race.prompt}
            lane={lanes?.find(({ arm }) => arm === side.arm)}
          />
        ))}
      </div>
      <h2>What this is</h2>
      <p class="prose">
        The engine is the one of the command line, compiled to WebAssembly. Gradients are clipped to norm 1,
        and the learning rate warms up and falls along a cosine. The marked rates are the best of a study of
        exactly this model and text, each tried in its own run (<code>{measured.madeBy}</code>,{' '}
        {measured.date}; tuned at seed {measured.seeds.tune}, then run with {measured.seeds.fresh} fresh
        seeds). The dots are the runs at seed {measured.seeds.tune}. The two best rates were tried with more
        seeds, so the best rate is not always the lowest dot. A model this small shows the effect, not its
        size in large models.
      </p>
    </div>
  );
}
