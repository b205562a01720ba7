// Computes for the page Theory, whose own thread stays free to draw.
import { type Job, jobs, type WishOf } from './theory-jobs.ts';

self.addEventListener('message', ({ data }: MessageEvent<{ job: Job; wish: WishOf<Job> }>) => {
  self.postMessage({ job: data.job, result: jobs[data.job](data.wish as never) });
});
