// The worker that trains: one run per worker, told in one message; pauses are further
// ones (see ../browser.ts).
import { browserSessions, type RuntimePlace } from './session.ts';
import {
  type BrowserOutcome,
  type BrowserRun,
  type BrowserStep,
  type BrowserText,
  type TextWish,
  type Tokens,
  trainHere,
} from './train.ts';
import { createTurns } from './turns.ts';

/** From the page. */
export type PageMessage =
  | {
      type: 'gaplab:train';
      run: BrowserRun;
      tokens: Tokens;
      validation?: Tokens;
      text?: TextWish;
      place: RuntimePlace;
    }
  | { type: 'gaplab:pause'; paused: boolean };
/** To the page. */
export type WorkerMessage =
  | { type: 'gaplab:ready'; seconds: number }
  | { type: 'gaplab:step'; step: BrowserStep }
  | { type: 'gaplab:text'; text: BrowserText }
  | { type: 'gaplab:done'; outcome: BrowserOutcome }
  | { type: 'gaplab:error'; name: string; message: string };

const tell = (report: WorkerMessage, transfer: Transferable[] = []) => self.postMessage(report, { transfer });
const turns = createTurns();

self.addEventListener('message', async ({ data }: MessageEvent<PageMessage>) => {
  if (data?.type === 'gaplab:pause') return turns.pause(data.paused);
  // A worker's threads load this script again and have messages of their own.
  if (data?.type !== 'gaplab:train') return;
  const { run, place, ...given } = data;
  const threads = self.crossOriginIsolated ? place.threads : 1;
  try {
    const sessions = () => browserSessions({ ...place, threads });
    const outcome = await trainHere(
      run,
      given,
      { sessions, threads, turn: turns.next },
      {
        ready: (seconds) => tell({ type: 'gaplab:ready', seconds }),
        step: (step) => tell({ type: 'gaplab:step', step }),
        text: (text) => tell({ type: 'gaplab:text', text }),
      },
    );
    tell({ type: 'gaplab:done', outcome }, [outcome.params.buffer]);
  } catch (error) {
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    tell({ type: 'gaplab:error', name, message });
  }
});
