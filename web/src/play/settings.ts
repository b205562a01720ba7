// What the visitor has chosen, as the address holds it.
import { arms, batchSizes, type Equal, equal } from './race.ts';

export interface Settings {
  batchSize: number;
  given: Equal;
  /** The two that race. */
  left: string;
  right: string;
  /** Learning rates that the visitor moved; undefined where it is the tuned one. */
  lrLeft?: number;
  lrRight?: number;
  seed: number;
}

export const defaults: Settings = { batchSize: 128, given: 'tokens', left: 'adam', right: 'sgd', seed: 11 };

/** Reads an address; what makes no sense there is left at its default. */
export function parseSettings(query: URLSearchParams): Settings {
  const number = (name: string, fits: (value: number) => boolean) => {
    const value = Number(query.get(name) ?? Number.NaN);
    return fits(value) ? value : undefined;
  };
  const oneOf = <T extends string>(name: string, all: readonly T[]) =>
    all.find((value) => value === query.get(name));
  const names = Object.keys(arms);
  const left = oneOf('left', names) ?? defaults.left;
  const right = oneOf('right', names) ?? defaults.right;
  const rate = (value: number) => value > 0 && Number.isFinite(value);
  return {
    batchSize:
      number('batch', (value) => (batchSizes as readonly number[]).includes(value)) ?? defaults.batchSize,
    given: oneOf('equal', Object.keys(equal) as Equal[]) ?? defaults.given,
    left,
    right: right === left ? names.find((name) => name !== left)! : right,
    lrLeft: number('lr-left', rate),
    lrRight: number('lr-right', rate),
    seed: number('seed', (value) => Number.isSafeInteger(value) && value >= 0) ?? defaults.seed,
  };
}

/** The fields of the address, without those at their default. */
export function queryOf(settings: Settings): Record<string, string | undefined> {
  const unless = <K extends keyof Settings>(key: K) =>
    settings[key] === defaults[key] ? undefined : String(settings[key]);
  return {
    ...{ batch: unless('batchSize'), equal: unless('given'), left: unless('left'), right: unless('right') },
    ...{ 'lr-left': unless('lrLeft'), 'lr-right': unless('lrRight'), seed: unless('seed') },
  };
}
