// Follows a file that another process appends to.
import { closeSync, openSync, readSync } from 'node:fs';
import { createLines } from './lines-of.ts';

/**
 * `look` reads what is new; `end` also reads a last line without a line break. A `look` from within
 * `hear` does nothing: the one that is under way reads to the end of the file, in order.
 */
export function tailFile(path: string, hear: (line: string) => void): { look(): void; end(): void } {
  const lines = createLines(hear);
  const part = Buffer.alloc(1 << 16);
  let descriptor: number | undefined;
  let at = 0;
  let isLooking = false;
  const read = () => {
    try {
      descriptor ??= openSync(path, 'r');
    } catch {
      return; // not made yet
    }
    for (
      let n = readSync(descriptor, part, 0, part.length, at);
      n > 0;
      n = readSync(descriptor, part, 0, part.length, at)
    ) {
      at += n;
      lines.add(Buffer.from(part.subarray(0, n)));
    }
  };
  const look = () => {
    if (isLooking) return;
    isLooking = true;
    try {
      read();
    } finally {
      isLooking = false;
    }
  };
  return {
    look,
    end() {
      look();
      lines.end();
      if (descriptor !== undefined) closeSync(descriptor);
      descriptor = undefined;
    },
  };
}
