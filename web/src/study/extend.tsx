// The form that asks for more of a study: further batch sizes, budgets, and fresh seeds.
import { useState } from 'preact/hooks';
import type { Actions } from '../../../src/server/wire.ts';
import { useAction } from '../parts/actions.ts';

/** Numbers in a text, such as `256, 512`; undefined where it has anything else. */
function numbersIn(text: string): number[] | undefined {
  const parts = text.split(/[\s,;]+/).filter((part) => part !== '');
  const numbers = parts.map(Number);
  return numbers.every((n) => Number.isInteger(n) && n > 0) ? numbers : undefined;
}

const fields = [
  ['batchSizes', 'Further batch sizes', '256, 512'],
  ['tokens', 'Further budgets, in tokens', '1000000'],
  ['fresh', 'Fresh seeds of each winner from now on', '5'],
] as const;

export function Extend({ id }: { id: string }) {
  const { busy, ask } = useAction();
  const [texts, setTexts] = useState<Record<string, string>>({});
  const read = fields.map(([name]) => numbersIn(texts[name] ?? ''));
  const [batchSizes, tokens, fresh] = read;
  const isWrong = read.some((numbers) => numbers === undefined) || (fresh?.length ?? 0) > 1;
  const isEmpty = read.every((numbers) => numbers?.length === 0);
  const submit = async (event: Event) => {
    event.preventDefault();
    const order: Actions['extend'] = { study: id };
    if (batchSizes?.length) order.batchSizes = batchSizes;
    if (tokens?.length) order.tokens = tokens;
    if (fresh?.length) order.fresh = fresh[0];
    if (await ask('extend', order)) setTexts({});
  };
  return (
    <details class="form">
      <summary>Extend</summary>
      <form onSubmit={submit}>
        {fields.map(([name, label, example], i) => (
          <label key={name} class="field">
            {label}
            <input
              inputMode="numeric"
              placeholder={`such as ${example}`}
              value={texts[name] ?? ''}
              aria-invalid={read[i] === undefined || undefined}
              onInput={(event) => setTexts({ ...texts, [name]: event.currentTarget.value })}
            />
          </label>
        ))}
        {isWrong && <p role="alert">Whole numbers above zero, with commas between them.</p>}
        <button type="submit" disabled={busy || isWrong || isEmpty}>
          Extend the study
        </button>
      </form>
    </details>
  );
}
