// What the specifications of all labs are made of.
import { z } from 'zod';

/** Name of a lab within a study: of its file, and of its figures. */
export const labName = z
  .string()
  .regex(/^\w[\w-]{0,49}$/, 'must be letters, digits, "_", and after the first one "-" (50 at most)')
  .describe('Name of its file and of its figures.');

export const count = z.int().positive();
export const positives = z.array(z.number().positive()).min(1);
/** An average's memory. */
export const share = z.number().min(0).lt(1);
export const seed = z.int().nonnegative().default(1).describe('Seed of everything random.');
/** A loss, or that there is none: it diverged. */
export const loss = z.number().nullable();
