// Time that runs: from 0 to 1 in some seconds, frame by frame, when the visitor starts it.
import { useEffect, useState } from 'preact/hooks';

export interface Play {
  /** Where time stands, from 0 to 1. */
  at: number;
  playing: boolean;
  set(at: number): void;
  toggle(): void;
}

/** Begins at the end, where everything is drawn: nothing moves before it is asked for. */
export function usePlay(seconds: number): Play {
  const [at, setAt] = useState(1);
  const [playing, setPlaying] = useState(false);
  useEffect(() => {
    if (!playing) return;
    let frame = 0;
    let last = performance.now();
    const tick = (now: number) => {
      setAt((before) => Math.min(1, before + (now - last) / 1000 / seconds));
      last = now;
      frame = requestAnimationFrame(tick);
    };
    frame = requestAnimationFrame(tick);
    return () => cancelAnimationFrame(frame);
  }, [playing, seconds]);
  useEffect(() => {
    if (at >= 1) setPlaying(false);
  }, [at]);
  return {
    ...{ at, playing },
    set(value) {
      setPlaying(false);
      setAt(value);
    },
    toggle() {
      if (!playing && at >= 1) setAt(0);
      setPlaying(!playing);
    },
  };
}
