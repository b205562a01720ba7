import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseHTML } from 'linkedom';
import { toCsv } from '../core/csv.ts';
import {
  count,
  duration,
  fixed,
  interval,
  list,
  multipleText,
  plural,
  short,
  signed,
  stakeText,
} from './format.ts';
import { html, trusted } from './html.ts';
import { md, mdCode } from './markdown.ts';
import { inlineSvg, standaloneSvg } from './svg.ts';

/** A reader of RFC 4180, written from its grammar. */
function parseCsv(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  for (let at = 0; at < text.length; ) {
    const quoted = text[at] === '"';
    let field = '';
    if (quoted) {
      for (at++; text[at] !== '"' || text[at + 1] === '"'; at++) {
        if (text[at] === '"') at++;
        field += text[at];
      }
      at++;
    } else while (at < text.length && text[at] !== ',' && text[at] !== '\r') field += text[at++];
    row.push(field);
    if (text[at] === ',') {
      at++;
      continue;
    }
    assert.equal(text.slice(at, at + 2), '\r\n');
    at += 2;
    rows.push(row);
    row = [];
  }
  return rows;
}

/** What a spreadsheet would run is text, by the apostrophe that spreadsheets take as the mark of it. */
const asText = (value: string | number) =>
  typeof value === 'string' && /^[=+\-@\t\r]/.test(value) && !(Number.isFinite(Number(value)) && value.trim())
    ? `'${value}`
    : String(value);

test('CSV gives back any text and any number, whatever is in it', () => {
  const value = fc.oneof(
    fc.string(),
    fc.constantFrom('a,b', 'say "x"', 'two\r\nlines', '"', '', '=1+1', '@SUM(A1)', '-', '-1.5', '+a', '\t=1'),
    fc.double({ noNaN: true }),
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(value, value), { maxLength: 8 }), (pairs) => {
      const parsed = parseCsv(
        toCsv(
          ['first', 'second "2"'],
          pairs.map(([a, b]) => ({ first: a, 'second "2"': b })),
        ),
      );
      assert.deepEqual(parsed[0], ['first', 'second "2"']);
      assert.deepEqual(
        parsed.slice(1),
        pairs.map((pair) => pair.map(asText)),
      );
    }),
  );
  assert.equal(toCsv(['a', 'b'], [{ a: null, b: undefined }]), 'a,b\r\n,\r\n');
  assert.equal(toCsv(['=a', 'b'], [{ '=a': '=1+1', b: -1 }]), "'=a,b\r\n'=1+1,-1\r\n");
});

test('html escapes what is put in, and only that', () => {
  assert.equal(html`<b>${'<i> & "x" \'y\''}</b>`.html, '<b>&lt;i&gt; &amp; &quot;x&quot; &#39;y&#39;</b>');
  assert.equal(
    html`${[html`<i>${1}</i>`, ' < ', null, false, undefined]}${trusted('<svg>')}`.html,
    '<i>1</i> &lt; <svg>',
  );
  fc.assert(
    fc.property(fc.string(), (text) => {
      assert.doesNotMatch(html`<p title="${text}">`.html.slice(10, -2), /[<>"']/);
    }),
  );
});

test('text in Markdown makes no markup, no link, no HTML and no cell of its own', () => {
  const cases: [string, string][] = [
    ['**a** _b_ `c`', '\\*\\*a\\*\\* \\_b\\_ \\`c\\`'],
    ['![x](https://e.x/p.png)', '!\\[x\\](https\\://e.x/p.png)'],
    ['<script>alert(1)</script> &amp;', '\\<script\\>alert(1)\\</script\\> \\&amp;'],
    ['a | b\n\n# c', 'a \\| b # c'],
    ['# a', '\\# a'],
    ['1. a', '1\\. a'],
    ['www.e.x \u202e', 'www\\.e.x \\\\u202e'],
    [
      'At lr 0.01, Adam is 0.1 better (95% interval: 0 to 1).',
      'At lr 0.01, Adam is 0.1 better (95% interval: 0 to 1).',
    ],
  ];
  for (const [text, written] of cases) assert.equal(md(text), written);
  assert.equal(mdCode('a`b|c\n'), "`a'b¦c`");
});

test('text in a figure is text in SVG: well-formed, whatever stands in names', () => {
  const evil = `"><script>alert(1)</script> ]]> &amp; \u0001 \u202e x="1" <y`;
  const draw = (_: readonly object[], { document }: { document: Document }) => {
    const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg') as unknown as SVGSVGElement;
    svg.setAttribute('aria-label', evil);
    const text = document.createElementNS('http://www.w3.org/2000/svg', 'text');
    text.textContent = evil;
    text.setAttribute('fill', '#000');
    svg.append(text);
    return svg;
  };
  for (const svg of [standaloneSvg(draw as never, []), inlineSvg(draw as never, [])]) {
    for (const never of ['<script', '\u0001', '\u202e']) assert.ok(!svg.includes(never), svg);
    const found = parseHTML(`<body>${svg}</body>`).document.querySelector('text')!;
    assert.equal(found.textContent, evil.replace('\u0001', '\\x01').replace('\u202e', '\\u202e'));
    assert.equal(found.getAttribute('fill'), '#000');
  }
});

test('numbers read as written', () => {
  assert.deepEqual([fixed(-0.12345), fixed(null), fixed(Number.POSITIVE_INFINITY)], ['−0.123', '–', '–']);
  assert.deepEqual([signed(0.4), signed(-0.03), signed(-0.0001)], ['+0.400', '−0.030', '0.000']);
  assert.deepEqual([interval([-0.1, 0.2]), interval(null)], ['−0.100 to +0.200', 'unknown (one seed)']);
  assert.deepEqual(
    [short(0.0031623), short(0.0000312), short(1), short(12.5)],
    ['0.00316', '3.12e−5', '1', '12.5'],
  );
  assert.deepEqual([count(65536), count(1_230_000), count(1.3e9)], ['65,536', '1.23 million', '1.3 billion']);
  assert.deepEqual(
    [0, 59.6, 75, 7260, 90000].map((seconds) => duration(seconds)),
    ['0 s', '1 min 0 s', '1 min 15 s', '2 h 1 min', '1 d 1 h'],
  );
  assert.deepEqual(
    [5, 125, 7620, 1e6].map((seconds) => duration(seconds, 2)),
    ['5 s', '2 min 05 s', '2 h 07 min', '11 d 13 h'],
  );
  assert.deepEqual(
    [
      multipleText({ times: 2.06, bound: 'exact' }),
      multipleText({ times: 4, bound: 'more than' }),
      stakeText(0.0312),
      stakeText(0.0004),
    ],
    ['2.1', 'more than 4', 'up to 0.031', 'less than 0.001'],
  );
  assert.deepEqual(
    [list([]), list(['a']), list(['a', 'b']), list([1, 2, 3])],
    ['', 'a', 'a and b', '1, 2 and 3'],
  );
  assert.deepEqual([plural(1, 'run'), plural(1200, 'run')], ['1 run', '1,200 runs']);
});
