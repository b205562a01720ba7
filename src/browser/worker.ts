// The worker that trains: one run per worker, told in one message (see ../browser.ts).
import { browserSessions, type RuntimePlace } from './session.ts';
import { type BrowserOutcome, type BrowserRun, type BrowserStep, type Tokens, trainHere } from './train.ts';

/** From the page. */
export interface Order {
  type: 'gaplab:train';
  run: BrowserRun;
  tokens: Tokens;
  validation?: Tokens;
  place: RuntimePlace;
}
/** To the page. */
export type Report =
  | { type: 'gaplab:step'; step: BrowserStep }
  | { type: 'gaplab:done'; outcome: BrowserOutcome }
  | { type: 'gaplab:error'; name: string; message: string };

const tell = (report: Report, transfer: Transferable[] = []) => self.postMessage(report, { transfer });

self.addEventListener('message', async ({ data }: MessageEvent<Order>) => {
  // A worker's threads load this script again and have messages of their own.
  if (data?.type !== 'gaplab:train') return;
  const { run, tokens, validation, place } = data;
  const threads = self.crossOriginIsolated ? place.threads : 1;
  try {
    const sessions = () => browserSessions({ ...place, threads });
    const onStep = (step: BrowserStep) => tell({ type: 'gaplab:step', step });
    const outcome = await trainHere(run, { tokens, validation }, { sessions, threads }, onStep);
    tell({ type: 'gaplab:done', outcome }, [outcome.params.buffer]);
  } catch (error) {
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    tell({ type: 'gaplab:error', name, message });
  }
});
