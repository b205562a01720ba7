// Training steps of gaplab's model in jax-js on WebAssembly: `node step_jaxjs.mjs DIR`; see serve.ts.
// Gradient, and clipping with the update, are jitted. The library counts references: an array is used up by the function that
// takes it, and `x.ref` is one more use. Its optimizers are a package of their own; here they are written out in the jitted update.
import { initial, quickest, serve } from '../serve.ts';
import { imported, versionOf } from './from-folder.mjs';
import { causalMask, label, pieces, recipes, rotaryTables } from './model-parts.mjs';

const {
  numpy: np,
  nn,
  tree,
  jit,
  valueAndGrad,
  init,
  defaultDevice,
} = await imported('@jax-js/jax/dist/index.js');
await init('wasm');
defaultDevice('wasm');

/** Sum of cross-entropies over `size` sequences divided by the batch's tokens, as a function of ({name: array}, ids, targets). */
function makeLoss(setup, size, lookup) {
  const { vocabSize, dim, layers, heads, seqLen, normEps } = setup.model;
  const width = dim / heads;
  const tables = rotaryTables(setup.model);
  const cos = np.array(tables.cos).reshape(tables.shape);
  const sin = np.array(tables.sin).reshape(tables.shape);
  const mask = np.array(causalMask(seqLen)).reshape([seqLen, seqLen]);
  const linear = (x, weight) => np.matmul(x, np.transpose(weight));
  const norm = (x, weight) => {
    const mean = np.mean(np.square(x.ref), -1, { keepdims: true });
    return x.mul(np.reciprocal(np.sqrt(mean.add(normEps)))).mul(weight);
  };
  const rotate = (x) => {
    const [first, second] = np.split(x.ref, 2, -1);
    return x.mul(cos.ref).add(np.concatenate([second, first], -1).mul(sin.ref));
  };
  const byHead = (x) => np.transpose(x.reshape([size, seqLen, heads, width]), [0, 2, 1, 3]);
  return (p, ids, targets) => {
    let x =
      lookup === 'one-hot'
        ? np.matmul(nn.oneHot(ids, vocabSize), p['model.embed_tokens.weight'])
        : np.take(p['model.embed_tokens.weight'], ids, 0);
    for (let i = 0; i < layers; i++) {
      const at = (name) => p[`model.layers.${i}.${name}.weight`];
      const y = norm(x.ref, at('input_layernorm'));
      const q = rotate(byHead(linear(y.ref, at('self_attn.q_proj'))));
      const k = rotate(byHead(linear(y.ref, at('self_attn.k_proj'))));
      const v = byHead(linear(y, at('self_attn.v_proj')));
      const scores = np
        .matmul(q, np.transpose(k, [0, 1, 3, 2]))
        .mul(1 / Math.sqrt(width))
        .add(mask.ref);
      const mixed = np.matmul(nn.softmax(scores, -1), v);
      const joined = np.transpose(mixed, [0, 2, 1, 3]).reshape([size * seqLen, dim]);
      x = x.add(linear(joined, at('self_attn.o_proj')));
      const z = norm(x.ref, at('post_attention_layernorm'));
      const gate = nn.silu(linear(z.ref, at('mlp.gate_proj')));
      x = x.add(linear(gate.mul(linear(z, at('mlp.up_proj'))), at('mlp.down_proj')));
    }
    const logits = linear(norm(x, p['model.norm.weight']), p['lm_head.weight']);
    const chosen = np.sum(logits.ref.mul(nn.oneHot(targets, vocabSize)));
    return np
      .sum(nn.logsumexp(logits, -1))
      .sub(chosen)
      .mul(1 / (setup.batchSize * seqLen));
  };
}

/** (parameters, state, gradients, 1 / corrections of Adam) -> [parameters, state, norm before clipping] */
function makeUpdate({ optimizer, hyper: h, lr, clip }) {
  return (params, state, grads, correct1, correct2) => {
    const names = Object.keys(params);
    const squares = names.map((name) => np.sum(np.square(grads[name].ref)));
    const norm = np.sqrt(squares.reduce((a, b) => a.add(b)));
    const factor = np.minimum(np.reciprocal(norm.ref.add(1e-6)).mul(clip), 1);
    const next = {};
    const after = { m: {}, v: {} };
    for (const name of names) {
      const g = grads[name].mul(factor.ref);
      if (optimizer === 'sgd') {
        const m = state.m[name].mul(h.momentum).add(g);
        next[name] = params[name].sub(m.ref.mul(lr));
        after.m[name] = m;
      } else {
        const m = state.m[name].mul(h.beta1).add(g.ref.mul(1 - h.beta1));
        const v = state.v[name].mul(h.beta2).add(np.square(g).mul(1 - h.beta2));
        const root = np.sqrt(v.ref.mul(correct2.ref)).add(h.eps);
        next[name] = params[name].sub(np.divide(m.ref.mul(correct1.ref), root).mul(lr));
        after.m[name] = m;
        after.v[name] = v;
      }
    }
    factor.dispose();
    correct1.dispose();
    correct2.dispose();
    return [next, after, norm];
  };
}

function trainer(setup, { piece, lookup }) {
  const { optimizer, hyper: h } = setup;
  const gradient = jit(valueAndGrad(makeLoss(setup, piece, lookup)));
  const update = jit(makeUpdate(setup));
  const add = jit((a, b) => tree.map((x, y) => x.add(y), a, b));
  const cut = pieces(setup, piece);
  let params = {};
  let state = { m: {}, v: {} };
  for (const [name, { shape, data }] of initial(setup)) {
    params[name] = np.array(data.slice()).reshape([...shape]);
    state.m[name] = np.zeros([...shape]);
    if (optimizer === 'adam') state.v[name] = np.zeros([...shape]);
  }
  let taken = 0;
  const over = async (batch) => {
    let loss = 0;
    let grads;
    for (const { ids, targets } of batch) {
      const [value, part] = gradient(tree.ref(params), np.array(ids.slice()), np.array(targets.slice()));
      grads = grads ? add(grads, part) : part;
      loss += (await value.data())[0];
    }
    return { loss, grads };
  };
  return {
    async loss() {
      const { loss, grads } = await over(cut[0]);
      tree.dispose(grads);
      return loss;
    },
    async step() {
      const { loss, grads } = await over(cut[taken++ % cut.length]);
      const correct = (beta) => np.array(new Float32Array([1 / (1 - (beta ?? 0) ** taken)])).reshape([]);
      const [next, after, norm] = update(params, state, grads, correct(h.beta1), correct(h.beta2));
      [params, state] = [next, after];
      await norm.data();
      return loss;
    },
  };
}

await serve({ 'jax-js': versionOf('@jax-js/jax') }, async (setup) => {
  let { recipe } = setup;
  if (!recipe) {
    const all = recipes(setup, ['one-hot', 'take']);
    const name = await quickest(
      Object.fromEntries(all.map((r) => [label(r, setup), trainer(setup, r).step])),
      3,
    );
    recipe = all.find((r) => label(r, setup) === name);
  }
  const { loss, step } = trainer(setup, recipe);
  return { loss: await loss(), way: label(recipe, setup), recipe, step };
});
