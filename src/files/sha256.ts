// The hash by which files, runs and corpora are told apart.
import { hash } from 'node:crypto';

/** SHA-256 in hexadecimal. */
export const sha256 = (data: string | Uint8Array): string => hash('sha256', data);
