// Printed figures: size, fonts, colours and dashes in the files themselves, read back from their bytes.
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { inflateSync } from 'node:zlib';
import { parseHTML } from 'linkedom';
import { syntheticRows } from '../../analysis/synthetic-rows.testing.ts';
import { loadedStudy } from '../study-dir.testing.ts';
import { columns, mmOf, pixelsOf } from './column.ts';
import { pieces } from './fonts.ts';
import { printed } from './index.ts';
import { printedPdf } from './pdf.ts';

/** What is drawn in a PDF, as its operators, and everything else that is compressed in it. */
function streams(pdf: Uint8Array): string[] {
  const text = Buffer.from(pdf).toString('latin1');
  return [...text.matchAll(/stream\r?\n([\s\S]*?)\r?\nendstream/g)].flatMap(([, data]) => {
    try {
      return [inflateSync(Buffer.from(data, 'latin1')).toString('latin1')];
    } catch {
      return [];
    }
  });
}

const both = { mm: columns.one, formats: ['pdf', 'svg'] };

test('a PDF has the width of the column, its fonts in it, and lines that dashes tell apart', async () => {
  const { files, names, lacking } = await printed(loadedStudy(), both);
  assert.deepEqual(names, ['gap', 'tuned-loss', 'lr-curves', 'training-curves', 'effort']);
  assert.equal(lacking, '');
  const pdf = files.get('tuned-loss.pdf') as Uint8Array;
  const text = Buffer.from(pdf).toString('latin1');
  const [, width] = /\/MediaBox \[0 0 ([\d.]+) [\d.]+\]/.exec(text)!;
  assert.ok(Math.abs((Number(width) / 72) * 25.4 - 85) < 0.01, width);
  // Every font is one of ours, and there.
  const fonts = [...text.matchAll(/\/BaseFont \/(\S+)/g)].map(([, name]) => name);
  assert.ok(fonts.length > 0 && fonts.every((name) => /^[A-Z]{6}\+OpenSans-/.test(name)), String(fonts));
  assert.ok(text.includes('/FontFile2'));
  const drawn = streams(pdf).join('\n');
  // Adam's line is whole, that of SGD is dashed: colour, then dash, then line.
  assert.match(drawn, /\[7 3\] 0 d/);
  const [r, g, b] = [0x12, 0x45, 0x7f].map((part) => part / 255);
  const blues = [...drawn.matchAll(/([\d.]+) ([\d.]+) ([\d.]+) SCN/g)].filter(([, ...rgb]) =>
    [r, g, b].every((part, i) => Math.abs(part - Number(rgb[i])) < 0.01),
  );
  assert.ok(blues.length > 0);
  // The same again is the same file.
  assert.deepEqual((await printed(loadedStudy(), both)).files.get('tuned-loss.pdf'), pdf);
});

test('an SVG has its size in millimetres, the fonts of its texts, and no colours of a page', async () => {
  const { files } = await printed(loadedStudy(), both);
  const svg = files.get('lr-curves.svg') as string;
  assert.ok(svg.includes(' width="85.00mm"'));
  // Plain and bold letters of Latin, which have the minus sign too.
  assert.deepEqual(
    [...svg.matchAll(/@font-face\{font-family:'Open Sans';font-weight:(\d+)/g)]
      .map(([, weight]) => weight)
      .sort(),
    ['400', '600'],
  );
  const [, data] = /url\(data:font\/woff2;base64,([^)]*)\)/.exec(svg)!;
  assert.equal(Buffer.from(data, 'base64').subarray(0, 4).toString(), 'wOF2');
  for (const word of ['system-ui', 'var(', '#0072b2', '#d55e00']) assert.ok(!svg.includes(word), word);
  assert.ok(svg.includes('stroke-dasharray="7 3"'));
  const captions = files.get('captions.md') as string;
  assert.match(captions, /## lr-curves\n\n\*\*How each optimum was found\.\*\* Validation loss at every/);
});

test('letters of other scripts come from their files; what no file has is named', async () => {
  assert.deepEqual(pieces('β − 漢b'), [
    { script: 'greek', text: 'β' },
    { script: 'latin', text: ' − 漢b' },
  ]);
  const rows = syntheticRows().map((row) => ({
    ...row,
    optimizer: row.optimizer === 'sgd' ? 'сигма β 漢' : row.optimizer,
  }));
  const { optimizers } = loadedStudy().study;
  const study = loadedStudy(rows, {
    optimizers: { adam: optimizers.adam, 'сигма β 漢': optimizers.sgd },
    challenger: 'сигма β 漢',
  });
  const { files, lacking } = await printed(study, { ...both, only: ['gap'] });
  assert.equal(lacking, '漢');
  assert.deepEqual([...files.keys()], ['gap.pdf', 'gap.svg', 'captions.md']);
  const fonts = new Set(
    [
      ...Buffer.from(files.get('gap.pdf') as Uint8Array)
        .toString('latin1')
        .matchAll(/\/BaseFont \/(\S+)/g),
    ].map(([, name]) => name),
  );
  assert.equal(fonts.size, 3);
  await assert.rejects(
    printed(study, { ...both, only: ['gaps'] }),
    /there is no figure gaps; choose from gap, /,
  );
});

test('every kind of figure can be drawn in a PDF', async () => {
  const src = join(import.meta.dirname, '../..');
  const files = globSync('{figures,report}/**/*.snap.svg', { cwd: src });
  assert.ok(files.length > 15);
  for (const file of files) {
    const svg = parseHTML(readFileSync(join(src, file), 'utf8')).document.querySelector('svg')!;
    const pdf = await printedPdf(svg as unknown as SVGSVGElement, file, new Date(0));
    assert.ok(!/NaN|undefined/.test(streams(pdf)[0]), file);
  }
});

test('widths: millimetres are pixels of the drawing, and letters have 8 points', () => {
  // 12 pixels are 8 points, and 72 points are 25.4 mm.
  assert.ok(Math.abs(pixelsOf(columns.one) * (8 / 12) * (25.4 / 72) - 85) < 0.01);
  assert.ok(Math.abs(mmOf(pixelsOf(140)) - 140) < 0.01);
});
