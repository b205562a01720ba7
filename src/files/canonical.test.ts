import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { canonical } from './canonical.ts';

test('keys are sorted as UTF-16, numbers and strings are as JavaScript writes them', () => {
  // The sample of RFC 8785, section 3.2.2, and the order of its section 3.2.3.
  const sample = {
    numbers: [333333333.3333333, 1e30, 4.5, 2e-3, 0.000000000000000000000000001],
    string: '\u20ac$\u000F\u000aA\'\u0042\u0022\u005c\\"\u002f',
    literals: [null, true, false],
  };
  assert.equal(
    canonical(sample),
    '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
  );
  assert.equal(
    canonical({ '\u20ac': 1, '\r': 2, '\ufb33': 3, '1': 4, '\u{1f600}': 5, '\u0080': 6, '\u00f6': 7 }),
    '{"\\r":2,"1":4,"\u0080":6,"ö":7,"€":1,"😀":5,"\ufb33":3}',
  );
});

test('what is undefined is left out, -0 is 0, and what is no JSON is refused', () => {
  assert.equal(canonical({ b: undefined, a: -0 }), '{"a":0}');
  assert.equal(canonical([undefined, 1]), '[null,1]');
  for (const value of [Number.NaN, { a: Number.POSITIVE_INFINITY }, '\ud800', { '\udc00': 1 }])
    assert.throws(() => canonical(value), /cannot be written as JSON/);
});

test('it is read back as it was, whatever the order of the keys', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const plain: unknown = JSON.parse(JSON.stringify(value));
      assert.deepEqual(JSON.parse(canonical(plain)), plain);
      const turned = JSON.parse(canonical(plain), (_, held) =>
        held && typeof held === 'object' && !Array.isArray(held)
          ? Object.fromEntries(Object.entries(held).reverse())
          : held,
      );
      assert.equal(canonical(turned), canonical(plain));
    }),
    { numRuns: 50 },
  );
});
