// Which model and budget of a study is shown: a study may have several, and each has its own gap.
import { budgetText } from '../../../src/report/format.ts';
import type { Group } from '../../../src/report/types.ts';
import { setState } from '../route.ts';

export const groupText = (group: Group): string => `${group.model}, ${budgetText(group)} per run`;

/** The group that an address names by its number; the first one where it names none. */
export const groupIndex = (groups: readonly Group[], text: string | null): number =>
  Math.max(
    0,
    groups.findIndex((_, i) => String(i) === text),
  );

/** Writes the choice into the field `name` of the address; absent where there is nothing to choose. */
export function GroupSelect({
  groups,
  index,
  name,
}: {
  groups: readonly Group[];
  index: number;
  name: string;
}) {
  if (groups.length < 2) return null;
  return (
    <label class="field">
      Model and budget
      <select value={String(index)} onChange={(event) => setState({ [name]: event.currentTarget.value })}>
        {groups.map((group, i) => (
          <option key={i} value={String(i)}>
            {groupText(group)}
          </option>
        ))}
      </select>
    </label>
  );
}
