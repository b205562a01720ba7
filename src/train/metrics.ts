// metrics.jsonl: one JSON object a line, appended as training goes.
import { closeSync, existsSync, openSync, readFileSync, truncateSync, writeSync } from 'node:fs';

export interface MetricsLine {
  /** Steps taken, and tokens seen. */
  step: number;
  tokens: number;
  lr: number;
  /** Means over the steps since the previous line: loss in nats per token, gradient norm before clipping. */
  loss: number;
  gradNorm: number;
  /** Share of those steps in which the gradient was clipped. */
  clipShare: number;
  /** Validation loss, on lines where it was measured. */
  valLoss?: number;
  /**
   * Of the update of the line's last step, and of the parameters after it; on lines where they were measured.
   */
  updateNorm?: number;
  paramNorm?: number;
  /** Cosine between the momentum before that step and its gradient; for rules that keep a momentum. */
  momentumCosine?: number;
  /**
   * Share of coordinates that clipping by coordinates cut in that step: of all,
   * by kind of layer, by tensor of the exported model.
   */
  clippedShare?: number;
  clippedKinds?: Record<string, number>;
  clippedLayers?: Record<string, number>;
  /** Training time so far, seconds. */
  seconds: number;
}

/** Lines of a run, so that a curve has a few hundred points whatever its length. */
const LINES_PER_RUN = 400;

/** Steps between lines. */
export const linesEvery = (steps: number): number => Math.max(1, Math.floor(steps / LINES_PER_RUN));

/** Losses of the last steps are averaged over this share of a run. */
const TAIL_SHARE = 0.05;

/** Steps after which the last ones begin. */
export const tailAfter = (steps: number): number => steps - Math.ceil(TAIL_SHARE * steps);

/**
 * A file to add lines to, made with the first. It stays open: opening and closing
 * it for every line takes five times as long as writing.
 */
export function openMetrics(file: string): { append(line: MetricsLine): void; close(): void } {
  let descriptor: number | undefined;
  return {
    append(line) {
      descriptor ??= openSync(file, 'a');
      writeSync(descriptor, `${JSON.stringify(line)}\n`);
    },
    close() {
      if (descriptor !== undefined) closeSync(descriptor);
      descriptor = undefined;
    },
  };
}

/** Cuts away lines beyond `step`, and a last line that was not written whole. */
export function cutMetrics(file: string, step: number): void {
  if (!existsSync(file)) return;
  const bytes = readFileSync(file);
  const keep = wholeLines(bytes, step);
  if (keep < bytes.length) truncateSync(file, keep);
}

/** Bytes of the lines up to `step`, as far as they can be read. */
export function wholeLines(bytes: Buffer, step: number): number {
  let keep = 0;
  for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, end + 1)) {
    try {
      if (JSON.parse(bytes.toString('utf8', keep, end)).step > step) break;
    } catch {
      break;
    }
    keep = end + 1;
  }
  return keep;
}
