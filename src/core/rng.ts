// Seeded random numbers: small, portable, the same bits on every platform. Streams are named so that adding
// a consumer never shifts the numbers of another (initialisation, data order, evaluation, ...).

/** A stream of random numbers. Uniforms come from xoshiro128** (Blackman & Vigna, arXiv 1805.01407). */
export interface Rng {
  /** Uniform 32-bit unsigned integer. */
  uint32(): number;
  /** Uniform in [0, 1) with 53 random bits. */
  uniform(): number;
  /** Uniform integer in [0, n), n < 2^32, without modulo bias. */
  below(n: number): number;
  /** Standard normal (Box-Muller, both values used). */
  normal(): number;
  /** Fills `out` with `std` times the next values of `normal`: the same bits at half the time. */
  fillNormal(out: Float32Array, std: number): void;
}

/** Stream `name` of `seed`: independent streams for different names or seeds. */
export function createRng(seed: number, name: string): Rng {
  // FNV-1a over the name, mixed with the seed by splitmix32, fills the 128-bit state.
  let h = 2166136261;
  for (let i = 0; i < name.length; i++) h = Math.imul(h ^ name.charCodeAt(i), 16777619);
  let z =
    (h ^ Math.imul(seed >>> 0, 0x9e3779b9) ^ Math.imul(Math.floor(seed / 4294967296), 0x85ebca6b)) >>> 0;
  const splitmix = () => {
    z = (z + 0x9e3779b9) >>> 0;
    let t = z ^ (z >>> 16);
    t = Math.imul(t, 0x21f0aaad);
    t ^= t >>> 15;
    t = Math.imul(t, 0x735a2d97);
    return (t ^ (t >>> 15)) >>> 0;
  };
  let [a, b, c, d] = [splitmix(), splitmix(), splitmix(), splitmix() | 1];
  const uint32 = () => {
    const m = Math.imul(b, 5);
    const result = Math.imul((m << 7) | (m >>> 25), 9) >>> 0;
    const t = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= t;
    d = (d << 11) | (d >>> 21);
    return result;
  };
  const uniform = () => unit(uint32(), uint32());
  let spare: number | undefined;
  const normal = () => {
    if (spare !== undefined) {
      const s = spare;
      spare = undefined;
      return s;
    }
    const r = Math.sqrt(-2 * Math.log(1 - uniform()));
    const theta = 2 * Math.PI * uniform();
    spare = r * Math.sin(theta);
    return r * Math.cos(theta);
  };
  return {
    uint32,
    uniform,
    below(n) {
      const limit = 4294967296 - (4294967296 % n);
      let x = uint32();
      while (x >= limit) x = uint32();
      return x % n;
    },
    normal,
    fillNormal(out, std) {
      let at = 0;
      if (spare !== undefined && out.length > 0) out[at++] = std * normal();
      // State in local variables: closed-over ones beyond 31 bits are allocated anew with every number.
      let [s0, s1, s2, s3] = [a | 0, b | 0, c | 0, d | 0];
      const bits = new Uint32Array(4);
      for (; at + 1 < out.length; at += 2) {
        for (let k = 0; k < 4; k++) {
          const m = Math.imul(s1, 5);
          bits[k] = Math.imul((m << 7) | (m >>> 25), 9);
          const t = s1 << 9;
          s2 ^= s0;
          s3 ^= s1;
          s1 ^= s2;
          s0 ^= s3;
          s2 ^= t;
          s3 = (s3 << 11) | (s3 >>> 21);
        }
        const r = Math.sqrt(-2 * Math.log(1 - unit(bits[0], bits[1])));
        const theta = 2 * Math.PI * unit(bits[2], bits[3]);
        out[at] = std * (r * Math.cos(theta));
        out[at + 1] = std * (r * Math.sin(theta));
      }
      [a, b, c, d] = [s0, s1, s2, s3];
      if (at < out.length) out[at] = std * normal();
    },
  };
}

/** Two 32-bit numbers as one in [0, 1) with 53 random bits. */
const unit = (high: number, low: number) => (high * 2097152 + (low >>> 11)) / 9007199254740992;
