// The curves of the winners: the only ones that the page of a study fetches.
import { useMemo } from 'preact/hooks';
import type { Cell } from '../../../src/analysis/frontier.ts';
import type { CurvePoint, RunRow } from '../../../src/analysis/rows.ts';
import type { Metrics } from '../../../src/server/wire.ts';
import { useResources } from '../data/resource.ts';
import { metricsOf } from '../data/store.ts';

/** The winners' rows, with their curves as far as they have come. */
export function useWinnerCurves(
  study: string,
  cells: readonly Cell[],
  rows: readonly RunRow[],
): (RunRow & { lossCurve: CurvePoint[] })[] {
  const ids = useMemo(() => [...new Set(cells.flatMap(({ best }) => best?.runId ?? []))], [cells]);
  const known = useResources(ids.map((id) => metricsOf(study, id)));
  const newest = known.map(({ value }) => value?.cursor ?? '').join();
  return useMemo(() => {
    const curves = new Map(
      known.flatMap(({ value }) => (value ? [[value.run, curveOf(value)] as const] : [])),
    );
    return rows.flatMap((row) => {
      const lossCurve = curves.get(row.runId);
      return lossCurve ? [{ ...row, lossCurve }] : [];
    });
  }, [rows, ids.join(), newest]);
}

/** More points than a small panel is wide are seen by nobody. */
const mostPoints = 400;

function curveOf({ step, columns: { tokens, loss } }: Metrics): CurvePoint[] {
  const points = step.flatMap((at, i) =>
    tokens[i] === null || loss[i] === null ? [] : [{ step: at, tokens: tokens[i], loss: loss[i] }],
  );
  const stride = Math.ceil(points.length / mostPoints);
  return points.filter((_, i) => i % stride === 0 || i === points.length - 1);
}
