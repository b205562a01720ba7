// Arms must be told apart with any kind of sight, on paper and on a dark page: measured
// on simulated sight, not by eye.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { dashOfColor } from './dashes.ts';
import { armLooks, levelLook, sparse } from './looks.ts';
import { markCount, markPath } from './marks.ts';
import { dark, light, mix, print } from './palette.ts';
import { pageTheme, paperTheme } from './theme.ts';

// Machado, Oliveira and Fernandes (2009), severity 1, on linear sRGB.
const sights: Record<string, number[][] | null> = {
  usual: null,
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

/** Coordinates in OKLab (Ottosson, 2020), in which distances are about as large as they look. */
function seen(color: string, sight: number[][] | null): number[] {
  const linear = [1, 3, 5].map((at) => {
    const c = Number.parseInt(color.slice(at, at + 2), 16) / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  });
  const times = (m: number[][], v: number[]) => m.map((row) => row.reduce((sum, x, i) => sum + x * v[i], 0));
  const rgb = sight ? times(sight, linear).map((x) => Math.min(1, Math.max(0, x))) : linear;
  const cones = times(
    [
      [0.4122214708, 0.5363325363, 0.0514459929],
      [0.2119034982, 0.6806995451, 0.1073969566],
      [0.0883024619, 0.2817188376, 0.6299787005],
    ],
    rgb,
  ).map(Math.cbrt);
  return times(
    [
      [0.2104542553, 0.793617785, -0.0040720468],
      [1.9779984951, -2.428592205, 0.4505937099],
      [0.0259040371, 0.7827717662, -0.808675766],
    ],
    cones,
  );
}

const distance = (a: string, b: string, sight: number[][] | null) =>
  Math.hypot(...seen(a, sight).map((x, i) => x - seen(b, sight)[i]));

const names = (count: number) => Array.from({ length: count }, (_, i) => `arm-${i}`);

test('a hundred arms all look different, by colour or by mark; the first twelve have colours of their own', () => {
  const looks = armLooks(names(100), paperTheme);
  const all = names(100).map(looks);
  assert.equal(new Set(all.map(({ color, mark }) => `${color} ${mark}`)).size, 100);
  const first = ['adam', 'sgd', ...names(10)].map(looks);
  assert.equal(new Set(first.map(({ color }) => color)).size, 12);
  assert.equal(new Set(all.map(({ mark }) => markPath(mark, 4))).size, markCount);
});

test('arms with the same mark differ in colour with any kind of sight, on paper, in print and on a dark page', () => {
  for (const { arms } of [light, print, dark])
    for (const [name, sight] of Object.entries(sights))
      arms.forEach((a, i) => {
        arms.slice(0, i).forEach((b, j) => {
          const sameMark = i % markCount === j % markCount;
          // 0.02 is about the smallest difference that is noticed side by side.
          if (sameMark) assert.ok(distance(a, b, sight) > 0.15, `${a} and ${b}: ${name}`);
          if (name === 'usual') assert.ok(distance(a, b, sight) > 0.08, `${a} and ${b}`);
        });
      });
});

test('in print, arms next to each other differ as greys, above zero is darker than below it, and lines have dashes', () => {
  const lightness = (color: string) => seen(color, null)[0];
  const { arms, signs, levels, paper } = print;
  arms.forEach((color, i) => {
    assert.ok(lightness(paper) - lightness(color) > 0.2, `${color} on paper`);
    if (i > 0)
      assert.ok(Math.abs(lightness(color) - lightness(arms[i - 1])) > 0.2, `${color} beside ${arms[i - 1]}`);
  });
  assert.ok(lightness(signs[1]) - lightness(signs[0]) > 0.2);
  assert.ok(lightness(levels[0]) - lightness(levels[1]) > 0.4);
  assert.equal(new Set(arms.slice(0, 6).map(dashOfColor)).size, 6);
});

test('Adam and SGD always look the same, others by their place in the list, arms that are not in it are no grey', () => {
  const few = armLooks(['sgd', 'momentum-0'], paperTheme);
  const many = armLooks(['lion', 'adam', 'sgd', 'momentum-0'], paperTheme);
  for (const looks of [few, many]) {
    assert.deepEqual(looks('adam'), { color: light.arms[0], mark: 0 });
    assert.deepEqual(looks('sgd'), { color: light.arms[1], mark: 1 });
  }
  assert.deepEqual(few('momentum-0'), many('lion'));
  assert.deepEqual(few('strange'), { color: light.arms[3], mark: 3 });
  assert.match(armLooks(['adam'], pageTheme)('adam').color, /^var\(--color-0\)$/);
});

test('levels run from one end of their ramp to the other, and no arm has their colours', () => {
  const ramp = Array.from({ length: 6 }, (_, i) => levelLook(i, 6, paperTheme).color);
  assert.deepEqual([ramp[0], ramp[5]], [...light.levels]);
  assert.equal(new Set(ramp).size, 6);
  for (const palette of [light, print, dark])
    for (const share of [0, 0.5, 1])
      for (const arm of palette.arms)
        assert.ok(distance(mix(palette.levels, share), arm, null) > 0.035, `${arm} and level ${share}`);
  assert.equal(levelLook(0, 1, paperTheme).color, light.levels[1]);
});

test('sparse marks: a few of each line, all of a short one, always points of the line itself', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 6 }), (lengths) => {
      const rows = lengths.flatMap((n, line) => Array.from({ length: n }, (_, x) => ({ line, x })));
      const few = sparse(rows, ({ line }) => String(line));
      lengths.forEach((n, line) => {
        const own = few.filter((row) => row.line === line);
        assert.equal(own.length, n <= 5 ? n : 4);
        assert.equal(new Set(own).size, own.length);
        assert.ok(own.every((row) => rows.includes(row)));
      });
    }),
  );
});
