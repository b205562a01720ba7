// The process that bench/startup.ts measures: `node bench/startup-process.ts MODEL`
// takes one step and says when things were done, in milliseconds since the process began.
// It loads what training loads and nothing else.
const { createEngine } = await import('../src/runtime/engine.ts');
const { host } = await import('../src/runtime/targets/host.ts');
const { modelPreset } = await import('../src/model/presets.ts');
const { resolveHyper } = await import('../src/optim/registry.ts');
const loaded = performance.now();
const model = modelPreset(process.argv[2]);
const optimizer = { name: 'adam', hyper: resolveHyper('adam') };
const engine = await createEngine({ model, optimizer, microBatch: 1, threads: 1 }, host);
engine.initialize(1);
const ready = performance.now();
await engine.gradient(new Int32Array(model.seqLen + 1), 1);
engine.update({ lr: 1e-3, step: 0, clip: 1 });
const stepped = performance.now();
const { user, system } = process.cpuUsage();
console.log(
  JSON.stringify({
    'modules loaded': loaded,
    'engine initialized': ready,
    'first step taken': stepped,
    'processor time': (user + system) / 1000,
  }),
);
