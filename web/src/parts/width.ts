// How wide a part of the page is, as it changes.
import type { RefObject } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';

/**
 * A reference for the element, and its width in pixels of figures: larger letters
 * of the page make larger figures.
 */
export function useWidth<E extends HTMLElement>(): {
  ref: RefObject<E | null>;
  width: number;
  scale: number;
} {
  const ref = useRef<E>(null);
  const [size, setSize] = useState({ width: 0, scale: 1 });
  useLayoutEffect(() => {
    const element = ref.current!;
    const measure = () => {
      const scale = Number.parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
      const width = Math.floor(element.clientWidth / scale);
      setSize((before) => (before.width === width && before.scale === scale ? before : { width, scale }));
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return { ref, ...size };
}
