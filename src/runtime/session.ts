// What computes graphs on Node.
export { openSession } from './ort/session.ts';
