// When a worker has to leave by plan: at a time that is known, or at the signal
// by which a scheduler announces one.

const unitMs: Record<string, number> = { s: 1e3, m: 60e3, h: 3600e3, d: 86400e3 };

/**
 * Milliseconds since 1970 of a time as people and schedulers write it; `now` is what durations count from.
 */
export function momentOf(text: string, now: number): number | undefined {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)([smhd])$/.exec(text) ?? [];
  if (unit) return now + Number(amount) * unitMs[unit];
  // Fewer digits are a year, or a slip.
  if (/^\d{9,}(\.\d+)?$/.test(text)) return Number(text) * 1000;
  const at = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? undefined : at;
}

export interface PlannedStop {
  signal: AbortSignal;
  /** What ended it, for people. */
  reason(): string;
  release(): void;
}

// A timer takes no more; who has longer needs no deadline.
const MOST_MS = 2 ** 31 - 1;

/**
 * Aborts `margin` seconds before `deadline`, and when the process gets SIGUSR1,
 * which Slurm sends some time before the end.
 */
export function stopsBefore(deadline: number | undefined, margin: number): PlannedStop {
  const controller = new AbortController();
  let reason = '';
  const stop = (why: string) => {
    reason ||= why;
    controller.abort();
  };
  const announced = () => stop('SIGUSR1 announced the end');
  process.on('SIGUSR1', announced);
  const left = deadline === undefined ? MOST_MS : deadline - margin * 1000 - Date.now();
  const near = () => stop('the deadline is near');
  if (left <= 0) near();
  const timer = left > 0 && left < MOST_MS ? setTimeout(near, left).unref() : undefined;
  return {
    signal: controller.signal,
    reason: () => reason,
    release() {
      clearTimeout(timer);
      process.off('SIGUSR1', announced);
    },
  };
}
