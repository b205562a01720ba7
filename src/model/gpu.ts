// Published peak figures of graphics processors, for plans. Nothing here was measured with gaplab.

export interface Gpu {
  label: string;
  /** Bytes. */
  memory: number;
  /** Dense FLOP per second (no sparsity) by number format. */
  peak: { tf32: number; bf16: number };
  source: string;
}

const GB = 1e9;
const TERA = 1e12;

export const gpus: Record<string, Gpu> = {
  h100: {
    label: 'H100 SXM',
    memory: 80 * GB,
    peak: { tf32: 494.7 * TERA, bf16: 989.4 * TERA },
    source: 'NVIDIA H100 architecture whitepaper, dense',
  },
  a100: {
    label: 'A100 80 GB SXM',
    memory: 80 * GB,
    peak: { tf32: 156 * TERA, bf16: 312 * TERA },
    source: 'NVIDIA A100 datasheet, dense',
  },
};

/**
 * Share of the peak that training reaches. Large models on tuned software: 46% (PaLM,
 * arXiv 2204.02311, section 4.1), 38 to 43% (Llama 3 on H100, arXiv 2407.21783, table 4).
 * Models of this size, small batches and a general runtime reach less: the lower end is an assumption.
 */
export const utilisation = { low: 0.1, high: 0.4 };
