// Hessian-vector products, Taylor terms and eigenvalues of a small Transformer against
// PyTorch's in float64 (see fixtures/record.py, which made the recording).
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { dot, taylor } from '../../analysis/directions.ts';
import { moment, slq } from '../../analysis/spectrum/density.ts';
import { lanczos } from '../../analysis/spectrum/lanczos.ts';
import { createRng } from '../../core/rng.ts';
import type { ModelConfig } from '../../model/config.ts';
import { parameterCount, parameters } from '../../model/parameters.ts';
import { modelPreset } from '../../model/presets.ts';
import { createProbeModel } from '../../runtime/probing.ts';
import { host } from '../../runtime/targets/host.ts';
import { fromLlama } from '../llama.ts';
import { readSafetensors } from '../safetensors.ts';

const { tensors } = readSafetensors(join(import.meta.dirname, 'fixtures/torch.safetensors'));
const shape = { vocabSize: 11, dim: 8, layers: 1, heads: 2, ffnDim: 12, seqLen: 6 };
const model: ModelConfig = modelPreset('tiny', { ...shape, ropeTheta: 100, normEps: 1e-3 });
const table = parameters(model);
const count = parameterCount(model);

/** The recorded tensors `<prefix><Llama's name>` as one flat vector in our order. */
function flat(prefix: string): Float32Array {
  const out = new Float32Array(count);
  const part = Object.entries(tensors).filter(([name]) => name.startsWith(prefix));
  fromLlama(model, Object.fromEntries(part.map(([k, t]) => [k.slice(prefix.length), t])), out, 'recording');
  return out;
}
const params = flat('');
const along = flat('along.');
const batch = { ids: Int32Array.from(tensors.rows.data), count: tensors.rows.shape[0] };
/** H v, of a block when given. */
async function times(v: Float32Array, out: Float32Array, block?: number) {
  const hessian = await at.hessian(batch, block);
  await hessian.times(v, out);
  await hessian.close();
}
const at = createProbeModel({ model, params: params.slice(), threads: 1 }, host);
after(at.close);

/** What acceptance asks for is 1e-3; float32 does better. */
const TOLERANCE = 2e-5;
function agree(ours: ArrayLike<number>, theirs: ArrayLike<number>, by = TOLERANCE) {
  assert.equal(ours.length, theirs.length);
  const largest = Math.max(...Array.from(theirs, Math.abs));
  for (let i = 0; i < ours.length; i++)
    assert.ok(Math.abs(ours[i] - theirs[i]) <= by * largest, `${i}: ${ours[i]} is not ${theirs[i]}`);
}

test('loss, gradient and Hessian-vector product', async () => {
  const gradient = new Float32Array(count);
  agree([await at.gradient(batch, gradient)], tensors.loss.data);
  agree(gradient, flat('grad.'));
  const product = new Float32Array(count);
  await times(along, product);
  agree(product, flat('product.'));
});

test('Taylor terms and the true change of loss', async () => {
  const gradient = new Float32Array(count);
  await at.gradient(batch, gradient);
  const mean = async () => (await at.tokenLosses(batch)).reduce((sum, x) => sum + x, 0) / (4 * 6);
  const before = await mean();
  const rows = tensors.taylor.data;
  for (let row = 0; row < tensors.taylor.shape[0]; row++) {
    const [length, first, second, actual] = rows.subarray(4 * row, 4 * row + 4) as Float32Array;
    const step = along.map((x) => length * x);
    const product = new Float32Array(count);
    await times(step, product);
    at.params.set(params.map((x, i) => x + step[i]));
    const found = taylor(step, gradient, product, (await mean()) - before);
    at.params.set(params);
    agree([found.first], [first]);
    agree([found.second], [second]);
    agree([found.sum], [first + second]);
    // A difference of two losses of float32's precision.
    assert.ok(Math.abs(found.actual - actual) < 1e-3 * Math.abs(actual) + 3e-7, `${found.actual}, ${actual}`);
    if (Math.abs(length) < 0.05) assert.ok(Math.abs(found.sum / actual - 1) < 0.05);
  }
});

async function spectrumOf(steps: number, size: number, block?: number, seed = 1) {
  const hessian = await at.hessian(batch, block);
  const { normal } = createRng(seed, 'torch.test');
  const found = await lanczos(hessian.times, size, { steps, normal });
  await hessian.close();
  return found;
}

test('Lanczos: the ends of the whole spectrum, from a tenth of its dimensions', async () => {
  const theirs = tensors['eigenvalues.all'].data;
  const { values, residuals } = await spectrumOf(75, count);
  agree(values.slice(-5), theirs.subarray(-5), 1e-4);
  agree(values.slice(0, 2), theirs.subarray(0, 2), 1e-3);
  assert.ok(residuals.at(-1)! < 1e-3);
});

test('Lanczos: all eigenvalues of every block', async () => {
  for (const [i, { name, size, llama }] of table.entries()) {
    const theirs = tensors[`eigenvalues.${llama.map((part) => part.name).join('+')}`].data;
    const { values } = await spectrumOf(size, size, i);
    // Exhausted early where eigenvalues repeat (zeros of tokens that do not occur):
    // compare the ends, which both have.
    const ends = Math.min(4, values.length);
    agree(values.slice(-ends), theirs.subarray(-ends), 1e-3);
    assert.ok(Math.abs(values[0] - theirs[0]) < 1e-3 * Math.max(...theirs.map(Math.abs)), name);
    if (values.length === theirs.length) agree(values, theirs, 1e-3);
  }
});

test('quadrature: trace and Frobenius norm of the whole Hessian within their sampling error', async () => {
  const theirs = [...tensors['eigenvalues.all'].data];
  const runs = [];
  for (let seed = 0; seed < 30; seed++) runs.push(await spectrumOf(20, count, undefined, seed));
  const spectrum = slq(runs);
  for (const k of [1, 2]) {
    const expected = theirs.reduce((sum, x) => sum + x ** k, 0);
    const powers = theirs.reduce((sum, x) => sum + x ** (2 * k), 0);
    const error = Math.sqrt((2 * powers) / runs.length);
    assert.ok(Math.abs(count * moment(spectrum, k) - expected) < 3 * error, `moment ${k}`);
  }
  // Any one vector sees v' H v / v' v of the Hessian.
  const v = along;
  const product = new Float32Array(count);
  await times(v, product);
  const rayleigh = dot(v, product) / dot(v, v);
  assert.ok(rayleigh < Math.max(...theirs) && rayleigh > Math.min(...theirs));
});
