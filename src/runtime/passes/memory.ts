// The memory that parameters, gradients and optimizer state live in. Addresses are of 32
// bits as long as they reach: then an access needs no check, because what lies outside is never mapped.
import { UserError } from '../../core/errors.ts';

const PAGE = 65536;
const WIDE = 2 ** 32;
/** What V8 and SpiderMonkey give one memory of 64-bit addresses, and also the longest typed array. */
const MOST = 2 ** 34;

/** A memory of at least `bytes` zeros; pages become real when they are first written. */
export function allocate(bytes: number): WebAssembly.Memory {
  if (bytes > MOST)
    throw new UserError(
      `parameters, gradients and optimizer state need ${gib(bytes)} GiB, the engine holds ${gib(MOST)}; choose a smaller model or an optimizer with less state`,
    );
  const pages = Math.ceil(bytes / PAGE);
  if (bytes <= WIDE) return new WebAssembly.Memory({ initial: pages, maximum: pages });
  const wide = { initial: BigInt(pages), maximum: BigInt(pages), address: 'i64' };
  try {
    // TypeScript's types do not know 64-bit addresses yet.
    return new WebAssembly.Memory(wide as unknown as WebAssembly.MemoryDescriptor);
  } catch (error) {
    throw new UserError(`this system does not give ${gib(bytes)} GiB of memory: ${(error as Error).message}`);
  }
}

const gib = (bytes: number) => (bytes / 2 ** 30).toFixed(1);
