// The addresses as the page reads them: token ids, and the text that each id stands for.

/** `play/corpus.json`; `play/tokens.bin` has the ids, two bytes each, those of the training split first. */
export interface Shard {
  /** Of tokenizer and shards: the study of the learning rates names the same. */
  fingerprint: string;
  /** Tokens of the splits. */
  train: number;
  validation: number;
  /** Bytes of every token as characters. */
  pieces: string[];
}

/** What has no letter: control characters but for ends of lines, and bytes that are no character. */
const UNSHOWN = /(?![\n\t])\p{Cc}|\uFFFD/gu;

export interface PlayCorpus {
  train: Uint16Array;
  validation: Uint16Array;
  /** Tokens as text; a middle dot stands for what has no letter. */
  text(ids: ArrayLike<number>): string;
}

/** The corpus of the two files' contents. Throws Error when they do not belong together. */
export function openCorpus(shard: Shard, tokens: ArrayBuffer): PlayCorpus {
  const { train, validation, pieces } = shard;
  if (tokens.byteLength !== 2 * (train + validation))
    throw new Error(
      `tokens.bin has ${tokens.byteLength} bytes, corpus.json says ${2 * (train + validation)}`,
    );
  const view = new DataView(tokens);
  // Two bytes each, the lower first, whatever the machine.
  const ids = Uint16Array.from({ length: train + validation }, (_, i) => view.getUint16(2 * i, true));
  return {
    ...{ train: ids.subarray(0, train), validation: ids.subarray(train) },
    text(ids) {
      const bytes = Array.from(ids, (id) => [...(pieces[id] ?? '')]).flat();
      const text = new TextDecoder().decode(Uint8Array.from(bytes, (byte) => byte.charCodeAt(0)));
      return text.replace(UNSHOWN, '·');
    },
  };
}

/** Loads the two files that stand beside the page. */
export async function loadCorpus(base: string | URL): Promise<PlayCorpus> {
  const [shard, tokens] = await Promise.all(
    ['play/corpus.json', 'play/tokens.bin'].map(async (name) => {
      const answer = await fetch(new URL(name, base));
      if (!answer.ok) throw new Error(`${name}: ${answer.status} ${answer.statusText}`);
      return answer;
    }),
  );
  return openCorpus((await shard.json()) as Shard, await tokens.arrayBuffer());
}
