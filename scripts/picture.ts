// `npm run picture`: draws docs/architecture.svg, the rooms of src/ with arrows for their imports.
// A test says when it is stale.
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import dagre from '@dagrejs/dagre';
import { isTest, isTestHelper, platformFree, roomOf, sources, targetOf } from './rooms.ts';
import { importsOf } from './source.ts';

export const file = resolve(import.meta.dirname, '../docs/architecture.svg');
export const drawnNow = (): string => picture(roomGraph(sources()));

/** Rooms, and which of them each imports from; types count. */
export function roomGraph(files: Map<string, string>): Map<string, Set<string>> {
  const graph = new Map<string, Set<string>>();
  for (const [from, source] of files) {
    if (isTest(from) || isTestHelper(from)) continue;
    const room = roomOf(from);
    const others = graph.get(room) ?? new Set();
    graph.set(room, others);
    for (const one of importsOf(from, source)) {
      const target = targetOf(from, one);
      if (target?.startsWith('src/') && roomOf(target) !== room) others.add(roomOf(target));
    }
  }
  return graph;
}

/** The arrows without which a way would be missing: none from A to C where A reaches C through others. */
export function reduced(graph: Map<string, Set<string>>): [from: string, to: string][] {
  const reach = (room: string): Set<string> =>
    new Set([...(graph.get(room) ?? [])].flatMap((next) => [next, ...reach(next)]));
  return [...graph].flatMap(([from, others]) =>
    [...others]
      .filter((to) => ![...others].some((between) => between !== to && reach(between).has(to)))
      .map((to): [string, string] => [from, to]),
  );
}

const [WIDTH, HEIGHT, MARGIN] = [104, 34, 16];

function picture(graph: Map<string, Set<string>>): string {
  const layout = new dagre.graphlib.Graph();
  layout.setGraph({ rankdir: 'TB', nodesep: 26, ranksep: 40, marginx: MARGIN, marginy: MARGIN });
  layout.setDefaultEdgeLabel(() => ({}));
  for (const room of [...graph.keys()].sort()) layout.setNode(room, { width: WIDTH, height: HEIGHT });
  for (const [from, to] of reduced(graph).sort()) layout.setEdge(from, to);
  dagre.layout(layout);
  const { width = 0, height = 0 } = layout.graph();
  const arrows = layout
    .edges()
    .map((edge: { v: string; w: string }) => `<path d="${curve(layout.edge(edge).points)}"/>`);
  const boxes = [...graph.keys()].sort().map((room) => {
    const { x, y } = layout.node(room);
    const kind = platformFree.includes(room) ? 'free' : 'node';
    return (
      `<rect class="${kind}" x="${round(x - WIDTH / 2)}" y="${round(y - HEIGHT / 2)}" width="${WIDTH}" height="${HEIGHT}" rx="7"/>` +
      `<text x="${round(x)}" y="${round(y + 5)}">${room}</text>`
    );
  });
  const legend = (y: number, kind: string, text: string) =>
    `<rect class="${kind}" x="${MARGIN}" y="${y}" width="22" height="14" rx="4"/><text class="key" x="${MARGIN + 30}" y="${y + 12}">${text}</text>`;
  const [w, h] = [round(width), round(height)];
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${w} ${h + 50}" width="${w}" height="${h + 50}" role="img" aria-label="The rooms of src/ and their imports">
<style>
text { font: 14px system-ui, sans-serif; text-anchor: middle; fill: #1f2328 }
.key { font-size: 12px; text-anchor: start; fill: #57606a }
path { fill: none; stroke: #8c959f; stroke-width: 1.4; marker-end: url(#head) }
marker path { fill: #8c959f; stroke: none; marker-end: none }
rect { stroke-width: 1.2 }
.free { fill: #ddf4ff; stroke: #54aeff }
.node { fill: #f6f8fa; stroke: #8c959f }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3 }
.key { fill: #9198a1 }
.free { fill: #0c2d4a; stroke: #388bfd }
.node { fill: #161b22; stroke: #6e7681 }
path { stroke: #6e7681 }
marker path { fill: #6e7681 }
}
</style>
<defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0.5 8 4 0 7.5z"/></marker></defs>
${arrows.join('\n')}
${boxes.join('\n')}
${legend(h + 6, 'free', 'uses nothing of Node or of a browser')}
${legend(h + 28, 'node', 'may use Node')}
</svg>
`;
}

const round = (value: number) => Math.round(value);

/** A smooth line through the points: each inner one pulls, and the line passes half way between them. */
function curve(points: readonly { x: number; y: number }[]): string {
  const at = ({ x, y }: { x: number; y: number }) => `${round(x)} ${round(y)}`;
  const inner = points.slice(1, -1).map((point, i) => {
    const next = points[i + 2];
    const end = i === points.length - 3 ? next : { x: (point.x + next.x) / 2, y: (point.y + next.y) / 2 };
    return `Q${at(point)} ${at(end)}`;
  });
  return `M${at(points[0])}${inner.length > 0 ? inner.join('') : `L${at(points[points.length - 1])}`}`;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const now = drawnNow();
  const before = readFileSync(file, { encoding: 'utf8', flag: 'a+' });
  if (now !== before) writeFileSync(file, now);
  console.log(
    now === before ? 'docs/architecture.svg is as the imports are' : 'docs/architecture.svg is drawn anew',
  );
}
