// The benchmark: `npm run bench [-- --quick | --only nano,ceilings --batches 1,4 --peers torch,jax
// --pairs 7 --json]`. Ceilings of the machine, gaplab and its peers on the same models, two cores, startup;
// see bench/README.md.
import { parseArgs } from 'node:util';
import { type Ceilings, ceilings } from './ceilings.ts';
import { type CaseResult, compare } from './compare.ts';
import { onlyAvx2 } from './isa.ts';
import { busy, machine, versions } from './machine.ts';
import { type Scaled, sideBySide, twoThreads } from './scaling.ts';
import type { BenchCase } from './setup.ts';
import { ceilingSides, gaplab, peers } from './sides.ts';
import { startup } from './startup.ts';
import { ceilingTable, comparedTable, type Startup, scaledTable, startupTable } from './tables.ts';

const fail = (line: string): never => {
  console.error(line);
  process.exit(2);
};

const options = {
  only: { type: 'string' },
  batches: { type: 'string' },
  optimizers: { type: 'string' },
  peers: { type: 'string' },
  threads: { type: 'string', default: '1' },
  pairs: { type: 'string' },
  /** Length of a turn in milliseconds; at least one step is taken. */
  turn: { type: 'string' },
  /** `avx2`: as on a processor without AVX-512. */
  isa: { type: 'string' },
  /** Another checkout of gaplab, to compare this one with. */
  against: { type: 'string' },
  python: { type: 'string' },
  'js-peers': { type: 'string' },
  quick: { type: 'boolean', default: false },
  verbose: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
} as const;
function read() {
  try {
    return parseArgs({ options }).values;
  } catch (error) {
    return fail(`${(error as Error).message.split('\n')[0]} (bench/README.md lists the flags)`);
  }
}
const flags = read();

/**
 * What is measured of each model, unless flags say otherwise. `pairs`: rounds, fewer
 * where a step takes seconds.
 */
const shapes: Record<string, { batches: Record<string, number[]>; pairs: number }> = {
  nano: { batches: { adam: [1, 4, 16, 64, 256], sgd: [1, 16] }, pairs: 7 },
  '1m': { batches: { adam: [1, 16] }, pairs: 5 },
  '10m': { batches: { adam: [1, 8] }, pairs: 5 },
  '160m': { batches: { adam: [1] }, pairs: 3 },
};
const SECTIONS = ['ceilings', ...Object.keys(shapes), 'threads', 'runs', 'startup'];
const quickOnly = ['ceilings', 'nano', 'startup'];

const words = (text: string | undefined) => text?.split(',').map((word) => word.trim());
const sections = words(flags.only) ?? (flags.quick ? quickOnly : SECTIONS);
const unknown = sections.find((section) => !SECTIONS.includes(section));
if (unknown) fail(`unknown section "${unknown}"; choose from ${SECTIONS.join(', ')}`);
function limited(): ReturnType<typeof onlyAvx2> | undefined {
  if (flags.isa === undefined) return undefined;
  if (flags.isa !== 'avx2')
    return fail(`unknown instruction set "${flags.isa}"; choose avx2, or leave it out`);
  try {
    return onlyAvx2();
  } catch (error) {
    return fail(`AVX-512 cannot be hidden here: ${(error as Error).message}`);
  }
}
const sideFlags = {
  python: flags.python,
  jsPeers: flags['js-peers'],
  verbose: flags.verbose,
  against: flags.against,
  onlyAvx2: limited(),
};
const known = peers(sideFlags);
const usual = flags.against ? ['other'] : flags.quick ? ['jax', 'torch'] : known.map(({ key }) => key);
const wanted = words(flags.peers) ?? usual;
const stranger = wanted.find((key) => key !== 'none' && !known.some((side) => side.key === key));
if (stranger)
  fail(`unknown peer "${stranger}"; choose from ${known.map(({ key }) => key).join(', ')}, or none`);
const chosen = known.filter(({ key }) => wanted.includes(key));
const here = chosen.filter(({ missing }) => !missing);
const ours = gaplab(flags.verbose);
const milliseconds = Number(flags.turn ?? (flags.quick ? 150 : 250));
const rounds = (usual: number) => Number(flags.pairs ?? (flags.quick ? 3 : usual));

/** Rows as they come, for who waits; the tables come at the end. */
const tell = (text: string) => process.stderr.write(`${text}\n`);

const load = busy();
const notes = chosen.filter((side) => side.missing).map((side) => `${side.name} skipped: ${side.missing}`);
if (flags.isa) notes.push('All sides are kept to AVX2 (--isa avx2; ONNX Runtime is no ceiling then).');
if (load) notes.push(`Warning: ${load}`);

let limits: Ceilings | undefined;
const found: { compared: CaseResult[]; scaled: Scaled[]; startup?: Startup } = { compared: [], scaled: [] };
const compares = sections.some((section) => Object.hasOwn(shapes, section));
if (compares || sections.includes('ceilings')) {
  tell('ceilings');
  limits = await ceilings(
    ceilingSides(sideFlags).filter(({ missing }) => !missing),
    { sizes: flags.quick ? [512, 1024] : [512, 768, 1024, 1536, 2048], pairs: rounds(7), milliseconds: 200 },
  );
}

const recipes = new Map<string, unknown>();
for (const [model, shape] of Object.entries(shapes)) {
  if (!sections.includes(model)) continue;
  for (const optimizer of words(flags.optimizers) ?? (flags.quick ? ['adam'] : Object.keys(shape.batches))) {
    const usual = flags.quick ? [1, 16] : (shape.batches[optimizer] ?? shape.batches.adam);
    for (const batchSize of words(flags.batches)?.map(Number) ?? usual) {
      const cell: BenchCase = { model, optimizer, batchSize, threads: Number(flags.threads) };
      tell(`${model}, batch ${batchSize}, ${optimizer}`);
      const pairs = rounds(shape.pairs);
      const row = await compare(cell, {
        ours,
        peers: here,
        pairs,
        milliseconds,
        ceiling: limits?.best,
        recipes,
      });
      found.compared.push(row);
      tell(comparedTable([row]));
    }
  }
}
await limits?.best.close();
const scaling = { pairs: rounds(7), milliseconds: 2 * milliseconds };
if (sections.includes('threads'))
  for (const model of flags.quick ? ['10m'] : ['10m', '160m']) {
    tell(`${model} on two threads`);
    const pairs = model === '160m' ? rounds(3) : scaling.pairs;
    found.scaled.push(await twoThreads(ours, { model, batchSize: 1 }, { ...scaling, pairs }));
  }
if (sections.includes('runs'))
  for (const [model, batchSize] of [
    ['nano', 1],
    ['nano', 16],
    ['10m', 1],
  ] as const) {
    tell(`${model} side by side`);
    found.scaled.push(await sideBySide(ours, { model, batchSize }, scaling));
  }
if (sections.includes('startup'))
  found.startup = startup({ model: 'nano', repeat: flags.quick ? 5 : 11, cold: false });

const about = {
  machine: machine(),
  ours: versions(),
  versions: {
    ...limits?.versions,
    ...Object.assign({}, ...found.compared.map((c) => c.versions)),
  },
  date: new Date().toISOString().slice(0, 10),
};
if (flags.json) {
  const { rows, best } = limits ?? {};
  console.log(JSON.stringify({ ...about, notes, ceilings: rows, ceiling: best?.what, ...found }));
} else {
  console.log(`${about.date}, ${about.machine}`);
  const named = Object.entries(about.versions).map(([name, version]) => `${name} ${version}`);
  console.log([versions(), ...named].join(', '));
  for (const note of notes) console.log(note);
  if (limits) console.log(`\n${ceilingTable(limits)}`);
  if (found.compared.length > 0) console.log(`\n${comparedTable(found.compared)}`);
  if (found.scaled.length > 0) console.log(`\n${scaledTable(found.scaled)}`);
  if (found.startup) console.log(`\n${startupTable(found.startup)}`);
}
