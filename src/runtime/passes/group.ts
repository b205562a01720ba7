// The passes of the tensors that follow one rule, and how their measures reach the passes after them.
import type { TensorGroup, TensorSpec } from '../../optim/rule.ts';
import { planStages } from '../../optim/stages.ts';
import { mapTools } from '../targets/wasm/multiply.ts';
import { type BufferPlace, compilePass, type NamedNumbers, type RunPass, type Slice } from './pass.ts';
import { compileQuantile } from './quantile-passes.ts';

export function compileGroup(group: TensorGroup, place: BufferPlace) {
  const plan = planStages(group);
  const stages = plan.stages.map((stage) => {
    const buffers = [...stage.buffers, ...stage.maps.map(({ buffer }) => buffer)];
    const values = [...stage.values, ...stage.maps.map(({ value }) => value)];
    const squares = stage.norms.map(({ value }) => value);
    // The first pass of a lone quantile does the work of the stage's pass too. Not
    // where that work is expensive: the quantile's branches are often guessed wrong,
    // and then hold it up for longer than a pass of its own takes.
    const alone = squares.length + stage.maps.length === 0 && stage.quantiles.length === 1;
    const fused = alone && !plan.kept.some((name) => buffers.includes(name));
    return {
      ...stage,
      pass: fused ? undefined : compilePass({ buffers, values, squares }, place),
      quantiles: stage.quantiles.map((step) => ({
        scalar: step.scalar,
        take: compileQuantile(step, fused ? { buffers, values } : undefined, place),
      })),
    };
  });
  const last = compilePass({ buffers: plan.buffers, values: plan.values }, place);
  const room = Math.max(
    0,
    ...plan.stages.flatMap(({ maps }) =>
      maps.flatMap(({ map }) => group.tensors.map(({ shape }) => map.room(shape))),
    ),
  );
  const tools = plan.stages.some(({ maps }) => maps.length > 0) ? mapTools(room) : undefined;
  const measures = plan.stages.flatMap(({ norms, quantiles }) => [...norms, ...quantiles]);
  const byTensor = Boolean(tools) || measures.some(({ scope }) => scope === 'tensor');

  function run(
    at: NamedNumbers,
    scratch: number,
    scalars: NamedNumbers,
    { ranges, tensors }: { ranges: readonly Slice[]; tensors: readonly TensorSpec[] },
  ): void {
    const own: NamedNumbers[] = ranges.map(() => ({ ...scalars }));
    const overRanges = (run: RunPass) => ranges.map((range, r) => run(at, range, own[r]));
    const total = ranges.reduce((n, { size }) => n + size, 0);
    for (const stage of stages) {
      const results = stage.pass ? overRanges(stage.pass) : [];
      stage.norms.forEach(({ scalar, op, scope }, k) => {
        const all = results.reduce((sum, result) => sum + result[k], 0);
        own.forEach((scalars, r) => {
          const [squares, size] = scope === 'all' ? [all, total] : [results[r][k], ranges[r].size];
          scalars[scalar] = Math.sqrt(op === 'rms' ? squares / size : squares);
        });
      });
      for (const { map, buffer } of stage.maps)
        for (const { offset, size, shape } of tensors) {
          tools!.reset();
          map.apply(new Float32Array(place.memory.buffer, at[buffer] + 4 * offset, size), shape, tools!);
        }
      if (total === 0) continue;
      for (const { scalar, take } of stage.quantiles)
        take(at, ranges, own, scratch).forEach((value, r) => {
          own[r][scalar] = value;
        });
    }
    overRanges(last);
  }

  return {
    plan,
    tensors: group.tensors,
    run(at: NamedNumbers, scratch: number, scalars: NamedNumbers, tensors: readonly TensorSpec[]): void {
      // Where tensors have scalars of their own, each tensor is a range. Otherwise
      // neighbouring tensors make one range.
      run(at, scratch, scalars, { ranges: byTensor ? tensors : merged(tensors), tensors });
    },
  };
}

/** Neighbouring ranges as one. */
function merged(tensors: readonly Slice[]): Slice[] {
  const ranges: Slice[] = [];
  for (const { offset, size } of tensors) {
    const before = ranges.at(-1);
    if (before && before.offset + before.size === offset) before.size += size;
    else ranges.push({ offset, size });
  }
  return ranges;
}
