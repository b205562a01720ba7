// Heartbeats of this process's leases, by a thread of its own: a long step, a slow
// disk or a large checkpoint that keeps the main thread busy must not look like death.
import { Worker } from 'node:worker_threads';
import type { BeatsOrder } from './beats-thread.ts';
import { beatSeconds } from './process.ts';

let thread: Worker | undefined;

/** Beats into the file `path` until the function it gives is called. */
export function beat(path: string): () => void {
  thread ??= start();
  const tell = (order: BeatsOrder) => thread?.postMessage(order);
  tell({ add: path });
  return () => tell({ drop: path });
}

function start(): Worker {
  const entry = new URL(
    import.meta.url.endsWith('.ts') ? './beats-thread.ts' : './beats-thread.js',
    import.meta.url,
  );
  const worker = new Worker(entry, { workerData: beatSeconds * 1000, execArgv: [], stderr: true });
  worker.unref();
  // Without beats a lease is lost in time, which its holder notices before it writes.
  worker.on('error', () => {});
  return worker;
}
