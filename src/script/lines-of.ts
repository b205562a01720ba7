// Bytes that arrive in pieces, as lines. A progress bar ends its lines with a carriage return.
import { StringDecoder } from 'node:string_decoder';

/** A line that is longer is no line of numbers: what goes beyond is not kept. */
const LONGEST = 1 << 20;

export function createLines(hear: (line: string) => void): { add(bytes: Buffer): void; end(): void } {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  const add = (text: string) => {
    const parts = (rest + text).split(/\r\n|\n|\r/);
    rest = parts.pop()!.slice(0, LONGEST);
    for (const part of parts) if (part !== '') hear(part);
  };
  return {
    add: (bytes) => add(decoder.write(bytes)),
    end() {
      add(decoder.end());
      if (rest !== '') hear(rest);
      rest = '';
    },
  };
}
