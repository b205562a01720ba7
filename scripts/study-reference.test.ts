// The reference of study files: as fresh as the schema, and true of every study that comes with gaplab.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { type JsonSchema, studyJsonSchema } from '../src/study/json-schema.ts';
import { presets } from '../src/study/presets.ts';
import { readYaml } from '../src/study/read.ts';
import { files } from './study-reference.ts';

const root = resolve(import.meta.dirname, '..');
const validate = new Ajv2020({ strict: false }).compile(studyJsonSchema());
const accepts = (text: string): boolean => validate(readYaml(text, 'f').value);

test('page and schema are those of the sources', () => {
  for (const [file, text] of Object.entries(files()))
    assert.equal(readFileSync(join(root, file), 'utf8'), text, `${file} is stale: npm run reference`);
});

test('every field says what it is', () => {
  const silent: string[] = [];
  const visit = (node: unknown, path: string) => {
    if (node === null || typeof node !== 'object') return;
    for (const [key, inner] of Object.entries(node)) {
      if (key === 'properties' && !path.includes('sizes'))
        for (const [name, field] of Object.entries(inner as Record<string, JsonSchema>))
          if (!field.description && name !== 'lab') silent.push(`${path}.${name}`);
      visit(inner, `${path}.${key}`);
    }
  };
  visit(studyJsonSchema(), '');
  assert.deepEqual(silent, []);
});

test('the JSON Schema accepts every preset, and the short forms that a study may be written in', () => {
  for (const { name, path } of presets())
    assert.ok(accepts(readFileSync(path, 'utf8')), `${name}: ${JSON.stringify(validate.errors)}`);
  const head = 'name: x\ntokens: 65536\nbatchSizes: 4\n';
  for (const text of [
    'optimizers: [sgd, adam]\nseeds: 5\nclip: off\neval: 4096\nschedule: constant\ndata: a.txt',
    'optimizers: {sgd: {lr: 0.1, momentum: .9}, adam: {lr: [.1, .2], beta2: [.9, .95]}}\nseeds: [1, 2]',
    'optimizers: {sgd: , fast: sgd}\nmodel: [nano, {layers: 3}]\nprobes: noise\ntheory: [sde]',
    'x-usual: &u {lr: .1}\noptimizers: {sgd: *u}\nsizes: {mini: {seeds: 3}, smoke: {optimizers: {sgd: {hyper: null}}}}',
  ])
    assert.ok(accepts(head + text), `${text}: ${JSON.stringify(validate.errors)}`);
});

test('the JSON Schema refuses what gaplab refuses', () => {
  const head = 'name: x\ntokens: 65536\n';
  for (const text of [
    'optimizers: [sgd]',
    'batchSizes: 4\noptimizers: [sgd]\nlearning_rate: 1',
    'batchSizes: [many]\noptimizers: [sgd]',
    'batchSizes: [0]\noptimizers: [sgd]',
    'batchSizes: 4\noptimizers: {sgd: {lr: {raito: 3}}}',
    'batchSizes: 4\noptimizers: [sgd]\nmode: random',
    'batchSizes: 4\noptimizers: [sgd]\nsizes: {mini: {tokenz: 3}}',
  ])
    assert.ok(!accepts(head + text), text);
});
