// Training steps of gaplab's model in TensorFlow.js on its WebAssembly backend: `node step_tfjs.mjs DIR`; see serve.ts.
// The library's optimizers do not clip: gradients are taken, scaled by their norm, and handed to applyGradients.
import { dirname, join } from 'node:path';
import { initial, quickest, serve } from '../serve.ts';
import { required, versionOf } from './from-folder.mjs';
import { causalMask, label, pieces, recipes, rotaryTables } from './model-parts.mjs';

const folder = process.argv[2];
const tf = required('@tensorflow/tfjs');
const wasm = required('@tensorflow/tfjs-backend-wasm');
wasm.setWasmPaths(
  `${join(dirname(join(folder, 'node_modules/@tensorflow/tfjs-backend-wasm/package.json')), 'dist')}/`,
);
if (!(await tf.setBackend('wasm'))) throw new Error('the wasm backend does not start');
await tf.ready();
tf.enableProdMode();

function makeLoss(setup, size, lookup, p) {
  const { vocabSize, dim, layers, heads, seqLen, normEps } = setup.model;
  const width = dim / heads;
  const tables = rotaryTables(setup.model);
  const cos = tf.tensor(tables.cos, tables.shape);
  const sin = tf.tensor(tables.sin, tables.shape);
  const mask = tf.tensor(causalMask(seqLen), [seqLen, seqLen]);
  const linear = (x, weight) => tf.matMul(x, weight, false, true);
  const norm = (x, weight) =>
    tf.mul(tf.mul(x, tf.rsqrt(tf.add(tf.mean(tf.square(x), -1, true), normEps))), weight);
  const rotate = (x) => {
    const [first, second] = tf.split(x, 2, -1);
    return tf.add(tf.mul(x, cos), tf.mul(tf.concat([second, first], -1), sin));
  };
  const byHead = (x) => tf.transpose(tf.reshape(x, [size, seqLen, heads, width]), [0, 2, 1, 3]);
  // The parts of softmax one by one: the backend has no kernel for the gradient of the whole.
  const softmax = (x) => {
    const e = tf.exp(tf.sub(x, tf.max(x, -1, true)));
    return tf.div(e, tf.sum(e, -1, true));
  };
  const hot = (ids) => tf.cast(tf.oneHot(ids, vocabSize), 'float32');
  return (ids, targets) => {
    const embedding = p['model.embed_tokens.weight'];
    let x = lookup === 'one-hot' ? tf.matMul(hot(ids), embedding) : tf.gather(embedding, ids);
    for (let i = 0; i < layers; i++) {
      const at = (name) => p[`model.layers.${i}.${name}.weight`];
      const y = norm(x, at('input_layernorm'));
      const q = rotate(byHead(linear(y, at('self_attn.q_proj'))));
      const k = rotate(byHead(linear(y, at('self_attn.k_proj'))));
      const v = byHead(linear(y, at('self_attn.v_proj')));
      const scores = tf.add(tf.mul(tf.matMul(q, k, false, true), 1 / Math.sqrt(width)), mask);
      const mixed = tf.transpose(tf.matMul(softmax(scores), v), [0, 2, 1, 3]);
      x = tf.add(x, linear(tf.reshape(mixed, [size * seqLen, dim]), at('self_attn.o_proj')));
      const z = norm(x, at('post_attention_layernorm'));
      const gate = linear(z, at('mlp.gate_proj'));
      const hidden = tf.mul(tf.mul(gate, tf.sigmoid(gate)), linear(z, at('mlp.up_proj')));
      x = tf.add(x, linear(hidden, at('mlp.down_proj')));
    }
    const logits = linear(norm(x, p['model.norm.weight']), p['lm_head.weight']);
    const top = tf.max(logits, -1, true);
    const sums = tf.add(tf.log(tf.sum(tf.exp(tf.sub(logits, top)), -1, true)), top);
    const total = tf.sub(tf.sum(sums), tf.sum(tf.mul(logits, hot(targets))));
    return tf.mul(total, 1 / (setup.batchSize * seqLen));
  };
}

function makeOptimizer({ optimizer, hyper: h, lr }) {
  if (optimizer === 'sgd') return tf.train.momentum(lr, h.momentum);
  return tf.train.adam(lr, h.beta1, h.beta2, h.eps);
}

let count = 0;
function trainer(setup, { piece, lookup }) {
  // Variables are known by name in the whole library: every trainer has its own.
  const prefix = `${count++}/`;
  const params = {};
  for (const [name, { shape, data }] of initial(setup))
    params[name] = tf.variable(tf.tensor(data, [...shape]), true, prefix + name);
  const lossOf = makeLoss(setup, piece, lookup, params);
  const variables = Object.values(params);
  const optimizer = makeOptimizer(setup);
  const cut = pieces(setup, piece);
  const over = (batch) =>
    tf.tidy(() => {
      let sum;
      for (const { ids, targets } of batch) {
        const next = tf.tidy(() => {
          const { value, grads } = tf.variableGrads(
            () => lossOf(tf.tensor1d(ids, 'int32'), tf.tensor1d(targets, 'int32')),
            variables,
          );
          if (!sum) return { value, grads };
          const added = Object.entries(grads).map(([name, g]) => [name, tf.add(g, sum.grads[name])]);
          return { value: tf.add(value, sum.value), grads: Object.fromEntries(added) };
        });
        if (sum) tf.dispose(sum);
        sum = next;
      }
      return sum;
    });
  let taken = 0;
  return {
    loss() {
      const { value, grads } = over(cut[0]);
      tf.dispose(grads);
      return value.dataSync()[0];
    },
    step() {
      const { value, grads } = over(cut[taken++ % cut.length]);
      const loss = value.dataSync()[0];
      tf.tidy(() => {
        const squares = Object.values(grads).map((g) => tf.sum(tf.square(g)));
        const norm = tf.sqrt(tf.addN(squares)).dataSync()[0];
        const factor = Math.min(1, setup.clip / (norm + 1e-6));
        const scaled = Object.entries(grads).map(([name, g]) => [name, tf.mul(g, factor)]);
        optimizer.applyGradients(Object.fromEntries(scaled));
      });
      tf.dispose([value, grads]);
      return loss;
    },
  };
}

await serve({ 'TensorFlow.js': versionOf('@tensorflow/tfjs') }, async (setup) => {
  let { recipe } = setup;
  if (!recipe) {
    const all = recipes(setup, ['one-hot', 'gather']);
    const name = await quickest(
      Object.fromEntries(all.map((r) => [label(r, setup), trainer(setup, r).step])),
      3,
    );
    recipe = all.find((r) => label(r, setup) === name);
  }
  const { loss, step } = trainer(setup, recipe);
  return { loss: loss(), way: label(recipe, setup), recipe, step };
});
