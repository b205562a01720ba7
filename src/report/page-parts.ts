// What the pages of reports and of the theory lab are made of: the frame, sections with anchors,
// figures with their files.
import { createHash } from 'node:crypto';
import { pointing } from '../figures/pointing.ts';
import type { DrawnFigure } from './drawn.ts';
import { type Html, html, trusted } from './html.ts';
import { style } from './style.ts';

/**
 * A part of a page with a heading of its own; `id` stays the same from one report to the next,
 * so that links to it last.
 */
export interface Section {
  id: string;
  title: string;
  body: Html;
}

/** Widths in pixels for which every figure is laid out; the style sheet shows the one that fits. */
const widths = { wide: 820, narrow: 350 };

/** The page's only script: hover values, and entries of legends that switch curves. */
const script = `${pointing}
addEventListener('DOMContentLoaded', () => {
  for (const holder of document.querySelectorAll('figure > .wide, figure > .narrow')) pointing(holder);
});`;

/**
 * Nothing is loaded, and only that script is run, even if a text of a study should
 * get into the page as markup: a browser knows it by its digest.
 */
const policy = `default-src 'none'; script-src 'sha256-${createHash('sha256').update(script).digest('base64')}'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'`;

/** A page that works offline; without its script, figures are pictures. */
export function pageOf(title: string, body: Html): string {
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="generator" content="gaplab">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${trusted(style)}</style>
<script>${trusted(script)}</script></head>
<body><main>
${body}
</main></body></html>
`.html;
}

/** The answer to the page's question, and what limits it. */
export const answerBox = (answer: readonly string[], caveats: readonly string[]): Html =>
  html`<div class="answer" id="answer">${answer.map(
    (sentence) => html`<p>${sentence}</p>
`,
  )}
${caveats.length > 0 && html`<ul class="caveats">${caveats.map((sentence) => html`<li>${sentence}</li>`)}</ul>`}</div>`;

/** Links to the sections. */
export const contents = (sections: readonly Section[]): Html =>
  html`<nav aria-label="Contents"><b>On this page</b><ul>${sections.map(({ id, title }) => html`<li><a href="#${id}">${title}</a></li>`)}</ul></nav>`;

export const sectionHtml = ({ id, title, body }: Section): Html =>
  html`<section><h2 id="${id}">${title}</h2>
${body}</section>`;

/** A figure as a section; `after` stands below it. */
export const figureSection = (figure: DrawnFigure, after: Html | false = false): Section => ({
  id: figureId(figure),
  title: figure.title,
  body: html`${figureHtml(figure)}${after}`,
});

/** A figure below a heading of its own within a section. */
export const figurePart = (figure: DrawnFigure): Html =>
  html`<h3 id="${figureId(figure)}">${figure.title}</h3>${figureHtml(figure)}`;

const figureId = ({ name }: DrawnFigure): string => `figure-${name}`;

/** The figure in both widths, its caption, and links to the files beside the page. */
function figureHtml({ name, caption, empty, inline }: DrawnFigure): Html {
  if (empty) return html`<p class="muted">Nothing to draw yet.</p>`;
  const file = encodeURIComponent(name);
  return html`<figure>
<div class="wide">${trusted(inline(widths.wide))}</div>
<div class="narrow">${trusted(inline(widths.narrow))}</div>
<figcaption>${caption} <span class="files">Files: <a href="tables/${file}.csv">numbers (CSV)</a>, <a href="figures/${file}.svg">figure (SVG)</a>.</span></figcaption></figure>`;
}
