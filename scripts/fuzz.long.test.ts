// A campaign against what people may write: mutated study files and command lines.
// Each ends in a study or in lines that say what is wrong: no stack trace, no crash, nothing that hangs.
// The same seed makes the same cases.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, test } from 'node:test';
import { createRng } from '../src/core/rng.ts';
import { presets } from '../src/study/presets.ts';

const root = resolve(import.meta.dirname, '..');
const temporary = mkdtempSync(join(tmpdir(), 'gaplab-fuzz-'));
after(() => rmSync(temporary, { recursive: true }));
const seed = 20250612;

/** Longer than anything that is not a hang, on a machine with other work. */
const PATIENCE_MS = 120_000;

const nasty = [
  ...[
    '',
    ' ',
    '-1',
    '0',
    '1e400',
    '.nan',
    '.inf',
    '65_536',
    '65,536',
    '300k',
    '1/16',
    'null',
    '~',
    'true',
    'yes',
    'off',
    '[]',
    '{}',
  ],
  ...[
    '[1, 2',
    '{a: 1',
    '"',
    "'",
    '*x',
    '&x 1',
    '&x [*x]',
    '<<: *x',
    '!!binary aGk=',
    '!foo 1',
    '---',
    '...',
    '%YAML 9.9',
    '? [1]',
    '- - -',
  ],
  ...[
    'x'.repeat(5000),
    '9'.repeat(400),
    '[[[[[[[[[[',
    '['.repeat(2000),
    '\u001b[2J',
    '\u202e',
    '\u0000',
    '\ufeff',
    '\t',
    '\r\n',
    '😀',
    'α=1',
  ],
  ...[
    '__proto__',
    'constructor',
    'toString',
    '../../etc/passwd',
    '/dev/null',
    'sgd',
    'adam',
    'nan',
    'sotu',
    '2024-01-01',
    '0x10',
    '0o17',
  ],
  ...[
    '{__proto__: {x: 1}}',
    '{lr: 0.1}',
    '[sgd, adam]',
    '{momentum: [0.9, 0.95]}',
    '{hyper: {momentum: .9}}',
    '{axes: {beta2: default}}',
  ],
];

/** One of `list`. */
const pickFrom =
  (rng: ReturnType<typeof createRng>) =>
  <T>(list: readonly T[]): T =>
    list[rng.below(list.length)];

/** A study file with one to four changes to its lines, words or characters. */
function mutated(text: string, rng: ReturnType<typeof createRng>): string {
  const pick = pickFrom(rng);
  let now = text;
  for (let n = 1 + rng.below(4); n > 0; n--) {
    const lines = now.split('\n');
    const i = rng.below(lines.length);
    const at = rng.below(now.length + 1);
    const kinds = [
      () => lines.toSpliced(i, 1).join('\n'),
      () => lines.toSpliced(i, 0, lines[rng.below(lines.length)]).join('\n'),
      () => lines.with(i, `${lines[i].split(':')[0]}: ${pick(nasty)}`).join('\n'),
      () =>
        lines
          .with(
            i,
            lines[i].replace(/\w+/, (word) => word.slice(0, -1) + pick(['', 's', 'x', '_'])),
          )
          .join('\n'),
      () => lines.with(i, `${' '.repeat(rng.below(5))}${lines[i]}`).join('\n'),
      () =>
        lines
          .with(
            i,
            lines[i].replaceAll(/[\d.]+/g, () => pick(nasty)),
          )
          .join('\n'),
      () => now.slice(0, at) + pick(nasty) + now.slice(at),
      () => now.slice(0, at) + now.slice(at + 1 + rng.below(20)),
      () => now.slice(0, at),
    ];
    now = pick(kinds)();
  }
  return now;
}

/**
 * What every refusal looks like: lines of bounded length that begin with the program's name,
 * nothing hidden in them.
 */
function assertLines(stderr: string, what: string): void {
  const lines = stderr.trimEnd().split('\n');
  assert.ok(stderr.startsWith('gaplab: '), `${what}: ${stderr.slice(0, 300)}`);
  for (const line of lines) assert.ok(line.length < 1100, `${what}: a line of ${line.length} characters`);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  assert.doesNotMatch(stderr, /[\x00-\x09\x0b-\x1f\x7f\u202e]|\n {4}at |node:internal/, what);
}

test('300 mutated study files are studies, or are told what is wrong with them', () => {
  const texts = presets().map(({ path }) => readFileSync(path, 'utf8'));
  const files = join(temporary, 'studies');
  mkdirSync(files);
  const rng = createRng(seed, 'studies');
  const cases = Array.from({ length: 300 }, (_, i) => {
    const file = join(files, `${i}.yaml`);
    writeFileSync(file, mutated(pickFrom(rng)(texts), rng));
    return file;
  });
  // In one process, which only a hang or a crash would end.
  const program = `
    import { loadStudy } from ${JSON.stringify(new URL('../src/study/load.ts', import.meta.url).href)};
    import { reportError } from ${JSON.stringify(new URL('../src/cli/common.ts', import.meta.url).href)};
    for (const file of ${JSON.stringify(cases)}) {
      process.stdout.write('#' + file + '\\n');
      try { loadStudy(file); } catch (error) { process.stdout.write(String(reportError(error)) + '\\n'); }
      process.stderr.write('#\\n');
    }`;
  const { status, signal, stdout, stderr } = spawnSync(
    process.execPath,
    ['--input-type=module', '-e', program],
    {
      cwd: temporary,
      encoding: 'utf8',
      timeout: PATIENCE_MS,
      maxBuffer: 2 ** 27,
    },
  );
  const last = stdout.trimEnd().split('#').at(-1);
  assert.deepEqual([status, signal], [0, null], `ends at ${last}: ${stderr.slice(-500)}`);
  const told = stderr.split('#\n').slice(0, -1);
  const codes = stdout
    .split('#')
    .slice(1)
    .map((text) => text.trim().split('\n')[1]);
  assert.equal(told.length, cases.length);
  told.forEach((text, i) => {
    const what = `${cases[i]} (${readFileSync(cases[i], 'utf8').length} characters)`;
    assert.ok(
      codes[i] === undefined || codes[i] === '2',
      `${what}: exit code ${codes[i]}: ${text.slice(0, 300)}`,
    );
    if (codes[i] === '2') assertLines(text, what);
  });
  const refused = codes.filter((code) => code === '2').length;
  assert.ok(
    refused > 150 && refused < 300,
    `${refused} refused: mutations that break nothing, or everything, test nothing`,
  );
});

test('200 command lines end in an answer, or in lines that say what is wrong', () => {
  const rng = createRng(seed, 'commands');
  const pick = pickFrom(rng);
  const study = join(temporary, 'good.yaml');
  writeFileSync(study, 'name: x\nmodel: tiny\ntokens: 4096\nbatchSizes: [4]\noptimizers: [sgd]\n');
  // No command here gets far: what is given is refused, or asks for nothing that takes time.
  const commands = [
    'study',
    'status',
    'report',
    'claims',
    'train',
    'trace',
    'model',
    'data',
    'probe',
    'theory',
    'stduy',
    'help',
  ];
  const values = nasty.filter((text) => !text.includes('\u0000'));
  const flags = [
    '--set',
    '--size',
    '--out',
    '--runs',
    '--jobs',
    '--threads',
    '--device',
    '--hyper',
    '--lr',
    '--tokens',
    '--nonsense',
    '--plan',
    '-x',
  ];
  for (let i = 0; i < 200; i++) {
    const command = pick(commands);
    const args: string[] = [command];
    if (rng.below(2)) args.push(pick(['nowhere', study, 'quick', pick(values)]));
    for (let n = rng.below(3); n > 0; n--) args.push(pick(flags), pick(values));
    // Whatever else is right about it, this is not: so nothing is trained.
    args.push(pick(['--set=tokens=nothing', '--batch-size=none', '--no-such-flag', '--jobs=0']));
    if (rng.below(3) === 0) args.push('--json');
    const { status, signal, stdout, stderr } = spawnSync(
      process.execPath,
      [join(root, 'src/cli.ts'), ...args],
      {
        cwd: temporary,
        encoding: 'utf8',
        timeout: PATIENCE_MS,
        env: { ...process.env, GAPLAB_CACHE: join(temporary, 'cache') },
      },
    );
    const what = JSON.stringify(args.map((arg) => arg.slice(0, 80)));
    assert.equal(signal, null, what);
    assert.ok(status === 0 || status === 2, `${what}: exit code ${status}: ${stderr.slice(0, 300)}`);
    // `gaplab help` without a command shows the table of contents.
    if (command === 'help' && stderr.startsWith('Usage: gaplab ')) continue;
    if (status === 2) assertLines(stderr, what);
    if (status === 2 && args.includes('--json'))
      assert.equal(JSON.parse(stdout.trimEnd().split('\n').at(-1)!).exitCode, 2, what);
  }
});
