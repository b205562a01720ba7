// One model on a device: parameters, gradients and optimizer state stay in its memory,
// and the update runs there as ONNX nodes. Only the loss and the gradient's norm come back each step;
// `pull` brings the rest, for checkpoints.
import { initialize, modelTensors, parameterCount, parameters } from '../../../model/parameters.ts';
import { gradientScale } from '../../../optim/clip.ts';
import { optimizer } from '../../../optim/registry.ts';
import { PARAM, stateBuffer, tensorGroups, tensorsOf } from '../../../optim/rule.ts';
import type { Engine, EngineConfig } from '../../engine.ts';
import { allocate } from '../../passes/memory.ts';
import { squaresWanted } from '../../squares.ts';
import type { Device, DeviceTensor } from './device.ts';
import { createDeviceGradient } from './gradient.ts';
import { createDeviceUpdate, type DeviceValues, writtenBuffers } from './update.ts';

/** As `createEngine`, on `device`, which is closed with it. `threads` has no meaning there. */
export async function createDeviceEngine(config: EngineConfig, device: Device): Promise<Engine> {
  const { model, microBatch } = config;
  const { hyper } = config.optimizer;
  const table = parameters(model);
  const count = parameterCount(model);
  const stride = Math.ceil((count * 4) / 64) * 64;
  const def = optimizer(config.optimizer.name);
  const tensors = tensorsOf(modelTensors(table));
  const groups = tensorGroups(def, hyper, tensors);
  const stateNames = def.state(hyper);
  // Host copies, current after `pull`; pages that nobody touches take no memory.
  const memory = allocate(stride * (2 + stateNames.length));
  const view = (offset: number) => new Float32Array(memory.buffer, offset, count);
  const [params, grads] = [view(0), view(stride)];
  const state = Object.fromEntries(stateNames.map((name, i) => [name, view((2 + i) * stride)]));

  const written = writtenBuffers(table, groups);
  const makeSide = (): DeviceValues =>
    Object.fromEntries(
      table.map((p, i) => [
        p.name,
        Object.fromEntries(written[i].map((buffer) => [buffer, device.tensor(p.shape)])),
      ]),
    );
  const sides = [makeSide(), makeSide()];
  let current = 0;
  const sets = sides.map((side) => table.map((p) => side[p.name][PARAM]));
  const wanted = squaresWanted(def, hyper);
  const gradient = createDeviceGradient(
    device,
    { model, microBatch, squares: wanted?.sequences },
    () => sets[current],
  );
  const update = createDeviceUpdate(device, table, { def, hyper, groups });
  const updates = new Map<string, () => void>();

  /** A side whose squares are those of the last gradient. */
  function withSquares(side: DeviceValues, squares: readonly DeviceTensor[]): DeviceValues {
    if (!wanted) return side;
    return Object.fromEntries(
      table.map(({ name }, i) => {
        const filled = wanted.buffers.map(stateBuffer).filter((buffer) => buffer in side[name]);
        return [name, { ...side[name], ...Object.fromEntries(filled.map((buffer) => [buffer, squares[i]])) }];
      }),
    );
  }

  /** Calls `copy` with each part of the host's buffers and the tensor that it mirrors. */
  function mirror(copy: (host: Float32Array, tensor: DeviceTensor) => void): void {
    for (const { name, offset, size } of table) {
      const tensorsOfParameter = sides[current][name];
      const part = (flat: Float32Array) => flat.subarray(offset, offset + size);
      copy(part(params), tensorsOfParameter[PARAM]);
      for (const key of stateNames)
        if (stateBuffer(key) in tensorsOfParameter)
          copy(part(state[key]), tensorsOfParameter[stateBuffer(key)]);
    }
  }
  const push = () => mirror((host, tensor) => device.write(host, tensor));
  const pullGrads = () =>
    gradient
      .tensors()
      .forEach((tensor, i) =>
        device.read(tensor, grads.subarray(table[i].offset, table[i].offset + table[i].size)),
      );

  let sequencesInGradient = 1;
  let squares = Number.NaN;
  return {
    params,
    grads,
    state,
    initialize(seed) {
      initialize(model, seed, params);
      for (const buffer of Object.values(state)) buffer.fill(0);
      push();
    },
    async gradient(sequences, total) {
      sequencesInGradient = total;
      const { loss, squares: sum } = await gradient.gradient(sequences, total);
      squares = sum;
      return loss;
    },
    gradNorm: () => Math.sqrt(squares) / sequencesInGradient,
    update({ lr, step, clip, tokens: given }) {
      const now = sequencesInGradient * model.seqLen;
      const tokens = given ?? { seen: step * now, now };
      const { gradNorm, factor, gradScale } = gradientScale(squares, sequencesInGradient, clip);
      const set = gradient.tensors();
      const key = `${current} ${set[0].id}`;
      let run = updates.get(key);
      if (!run) {
        const from = withSquares(sides[current], gradient.squares());
        updates.set(key, (run = update.bind(from, sides[1 - current], set)));
      }
      const microBatches = wanted && sequencesInGradient / wanted.sequences;
      update.set({ lr, step, tokens, microBatches }, gradScale);
      run();
      current = 1 - current;
      return { gradNorm, clipped: factor < 1 };
    },
    loss: gradient.loss,
    async pull() {
      mirror((host, tensor) => device.read(tensor, host));
      if (!Number.isNaN(squares)) pullGrads();
    },
    async push() {
      push();
    },
    async close() {
      device.close();
    },
  };
}
