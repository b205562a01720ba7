// The thread of beats.ts: counts in each of its files, once a beat (workerData: milliseconds).
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';

export type BeatsOrder = { add: string } | { drop: string };

const counts = new Map<string, number>();

parentPort?.on('message', (order: BeatsOrder) => {
  if ('add' in order) counts.set(order.add, 0);
  else counts.delete(order.drop);
});

setInterval(() => {
  for (const [path, count] of counts) {
    counts.set(path, count + 1);
    try {
      // Opened and closed each time, so that other computers on a network mount see it; never created anew.
      const fd = openSync(path, 'r+');
      try {
        writeSync(fd, `${count + 1}\n`, 0);
        fsyncSync(fd);
      } finally {
        closeSync(fd);
      }
    } catch {} // gone, or the disk does not answer: somebody else may take over, and the holder will notice
  }
}, workerData);
