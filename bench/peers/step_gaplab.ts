// gaplab's own side of a comparison: a process that takes training steps; see serve.ts.
import { createEngine } from '../../src/runtime/engine.ts';
import { defaultMicroBatch, kernelPiece } from '../../src/runtime/micro-batch.ts';
import { host } from '../../src/runtime/targets/host.ts';
import { batches, serve } from '../serve.ts';

await serve({}, async (setup) => {
  const { model, hyper, lr, clip, batchSize, threads } = setup;
  const microBatch = defaultMicroBatch(model, batchSize);
  const engine = await createEngine(
    { model, optimizer: { name: setup.optimizer, hyper }, microBatch, threads },
    host,
  );
  engine.initialize(1);
  const all = batches(setup);
  const loss = await engine.gradient(all[0], batchSize);
  let taken = 0;
  const step = async () => {
    const value = await engine.gradient(all[taken % all.length], batchSize);
    engine.update({ lr, step: taken++, clip });
    return value;
  };
  const piece = Math.min(microBatch, host.kernels?.(threads) ? kernelPiece(model) : microBatch);
  return { loss, way: piece < batchSize ? `pieces of ${piece}` : 'whole', recipe: null, step };
});
