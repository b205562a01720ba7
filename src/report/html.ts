// HTML as tagged templates: everything that is put in is escaped unless it is HTML already.

import { visibleLines } from '../core/shown.ts';

/** Text that is safe to stand in a page. */
export interface Html {
  readonly html: string;
}

type Part = string | number | Html | null | undefined | false | readonly Part[];

/** html`<b>${text}</b>`: escapes text, joins arrays, drops null, undefined and false. */
export function html(strings: TemplateStringsArray, ...parts: Part[]): Html {
  return { html: strings.map((text, i) => (i < parts.length ? text + render(parts[i]) : text)).join('') };
}

/** Marks text that is HTML already (an SVG drawn here, a style sheet). Never for anything a user wrote. */
export function trusted(text: string): Html {
  return { html: text };
}

function render(part: Part): string {
  if (part === null || part === undefined || part === false) return '';
  if (typeof part === 'string' || typeof part === 'number') return escapeHtml(String(part));
  if (Array.isArray(part)) return part.map(render).join('');
  return (part as Html).html;
}

const entities: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Characters that would hide or turn around what stands beside them are written out. */
function escapeHtml(text: string): string {
  return visibleLines(text).replace(/[&<>"']/g, (character) => entities[character]);
}
