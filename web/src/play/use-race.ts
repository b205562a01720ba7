// The state of the page while races are run: the lanes of the present one, the pause, the results so far.
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { createPause } from '../../../src/browser.ts';
import { loadCorpus, type PlayCorpus } from './corpus.ts';
import { keepResults, keptResults, type Result } from './results.ts';
import { type Lane, promptOf, type RacePlan, runRace } from './run-race.ts';

export interface Race {
  state: 'idle' | 'running' | 'ended';
  /** Of the present race or the last one. */
  plan?: RacePlan;
  lanes: Lane[];
  /** The visitor has pressed pause. */
  paused: boolean;
  /** The page is hidden, and the race waits until it is seen again. */
  hidden: boolean;
  results: Result[];
  /** The held-out text that the models go on from. */
  prompt?: string;
  /** Why the corpus could not be loaded. */
  problem?: string;
  start(plan: RacePlan): void;
  pause(paused: boolean): void;
  stop(): void;
  clear(): void;
}

/** Pictures a second while losses come in: more is not seen, and costs the training time. */
const PICTURES = 6;

export function useRace(): Race {
  const [, draw] = useState(0);
  const [paused, setPaused] = useState(false);
  const [hidden, setHidden] = useState(document.hidden);
  const [results, setResults] = useState(() => keptResults(sessionStorage));
  const [problem, setProblem] = useState<string>();
  const [prompt, setPrompt] = useState<string>();
  const pause = useMemo(createPause, []);
  const corpus = useRef<Promise<PlayCorpus> | undefined>(undefined);
  const now = useRef<{ plan?: RacePlan; lanes: Lane[]; state: Race['state']; stop?: AbortController }>({
    lanes: [],
    state: 'idle',
  });
  const base = new URL('.', document.baseURI);

  useEffect(() => {
    const follow = () => setHidden(document.hidden);
    document.addEventListener('visibilitychange', follow);
    corpus.current = loadCorpus(base);
    corpus.current.then(
      (loaded) => setPrompt(loaded.text(promptOf(loaded))),
      (error: Error) => setProblem(`The text could not be loaded (${error.message}). Reload to try again.`),
    );
    return () => {
      document.removeEventListener('visibilitychange', follow);
      now.current.stop?.abort();
    };
  }, []);
  useEffect(() => pause.set(paused || hidden), [paused, hidden]);
  useEffect(() => keepResults(sessionStorage, results), [results]);

  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const changed = () => {
    timer.current ??= setTimeout(() => {
      timer.current = undefined;
      draw((n) => n + 1);
    }, 1000 / PICTURES);
  };

  async function start(plan: RacePlan) {
    now.current.stop?.abort();
    const stop = new AbortController();
    now.current = { plan, lanes: [], state: 'running', stop };
    setPaused(false);
    changed();
    const loaded = await corpus.current?.catch(() => undefined);
    if (stop.signal.aborted) return;
    if (!loaded) {
      now.current = { lanes: [], state: 'idle' };
      return changed();
    }
    const { lanes, ended } = runRace(plan, loaded, { base, pause, signal: stop.signal, changed });
    now.current.lanes = lanes;
    await ended;
    if (stop.signal.aborted) return;
    now.current.state = 'ended';
    const { given, batchSize, seed } = plan;
    const finished = lanes.flatMap(({ arm, lr, state, loss = null }): Result[] =>
      state === 'failed' ? [] : [{ given, batchSize, seed, arm, lr, loss }],
    );
    setResults((before) => [...before, ...finished]);
    changed();
  }

  return {
    ...{ paused, hidden, results, prompt, problem, start, pause: setPaused },
    plan: now.current.plan,
    lanes: now.current.lanes,
    state: now.current.state,
    stop() {
      now.current.stop?.abort();
      now.current = { lanes: [], state: 'idle' };
      draw((n) => n + 1);
    },
    clear: () => setResults([]),
  };
}
