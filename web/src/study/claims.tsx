// Claims and their verdicts: those on the paper's experiment, else those that every comparison is tested on.

import type { Group } from '../../../src/report/types.ts';
import { howVerdictsAreMade } from '../../../src/report/verdicts.ts';
import type { StudyView } from '../../../src/server/wire.ts';

export function Claims({ view: { summary }, group }: { view: StudyView; group: Group }) {
  const claims = summary.claims.length > 0 ? summary.claims : group.claims;
  if (claims.length === 0) return null;
  return (
    <section>
      <h2>Claims</h2>
      <p class="muted lead">{howVerdictsAreMade}</p>
      <ul class="claims">
        {claims.map(({ id, text, verdict, evidence }) => (
          <li key={id}>
            <b class={verdict}>{verdict}</b> {text}
            <br />
            <span class="muted">{evidence}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
