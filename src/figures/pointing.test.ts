// Figures that answer: what is told of a point, the arrow keys, and entries of the legend that switch curves.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDocument } from '../report/svg.ts';
import { pointing } from './pointing.ts';

/** A figure of two lines, each with a point, in a page that measures nothing: a place stands for a box. */
function page() {
  const document = createDocument();
  document.body.innerHTML = `<div><svg aria-label="Losses">
<g aria-label="line"><path aria-label="SGD" class="line"></path></g>
<g aria-label="dot"><circle aria-label="SGD" data-place="10"><title>SGD at 2\nloss 4</title></circle></g>
<g aria-label="dot"><circle aria-label="Adam" data-place="90"><title>Adam at 2\nloss 3</title></circle></g>
<g aria-label="legend"><text>SGD</text><text>Adam</text><text>95% interval</text></g></svg></div>`;
  for (const element of document.querySelectorAll('*') as NodeListOf<SVGElement>)
    element.getBoundingClientRect = () => {
      const isOff = element.style.display === 'none';
      const at = Number(element.getAttribute('data-place') ?? 0);
      const size = isOff ? 0 : 4;
      const box = { left: at, right: at + size, top: at, bottom: at + size, width: size, height: size };
      return box as DOMRect;
    };
  document.defaultView!.getComputedStyle = () => ({ position: 'static' }) as CSSStyleDeclaration;
  const svg = document.querySelector('svg')!;
  svg.getScreenCTM = () => ({ a: 1, d: 1, e: 0, f: 0 }) as DOMMatrix;
  const send = (target: Element, type: string, fields: object) =>
    target.dispatchEvent(Object.assign(new document.defaultView!.Event(type), fields));
  const holder = document.querySelector('div')!;
  return {
    holder,
    svg,
    entry: (label: string) => [...svg.querySelectorAll('text')].find((one) => one.textContent === label)!,
    told: () => {
      const tip = holder.querySelector<HTMLElement>('[role=status]');
      return tip && tip.style.visibility === 'visible' ? tip.textContent : null;
    },
    press: (key: string, target: Element = svg) => send(target, 'keydown', { key }),
    point: (clientX: number, clientY: number) => send(svg, 'pointermove', { clientX, clientY }),
    click: (target: Element) => send(target, 'click', {}),
  };
}

test('the nearest point is told, by mouse and by arrow keys; far from all of them nothing is', () => {
  const { holder, svg, told, press, point } = page();
  pointing(holder);
  assert.equal(svg.querySelectorAll('title').length, 0);
  assert.equal(told(), null);
  point(14, 12);
  assert.equal(told(), 'SGD at 2\nloss 4');
  point(85, 95);
  assert.equal(told(), 'Adam at 2\nloss 3');
  point(50, 50);
  assert.equal(told(), null);
  press('ArrowRight');
  assert.equal(told(), 'SGD at 2\nloss 4');
  press('ArrowLeft');
  assert.equal(told(), 'Adam at 2\nloss 3');
  press('Escape');
  assert.equal(told(), null);
});

test('an entry switches what is of it, and what is off is not told', () => {
  const { holder, svg, entry, told, press, click } = page();
  const switched: string[][] = [];
  pointing(holder, { off: ['Adam'], onSwitch: (off) => switched.push(off) });
  const shown = () =>
    [...svg.querySelectorAll('[data-place], .line')].map((one) => (one as SVGElement).style.display ?? '');
  assert.deepEqual(shown(), ['', '', 'none']);
  assert.equal(entry('Adam').getAttribute('aria-pressed'), 'false');
  press('ArrowLeft');
  assert.equal(told(), 'SGD at 2\nloss 4');
  press('Enter', entry('Adam'));
  click(entry('SGD'));
  assert.deepEqual(shown(), ['none', 'none', '']);
  assert.deepEqual(switched, [[], ['SGD']]);
  // What says how to read the figure, and is no curve, is no button.
  assert.equal(entry('95% interval').getAttribute('role'), null);
});

test('what undoes it leaves no trace, and the figure can answer again', () => {
  const { holder, told, press } = page();
  pointing(holder)();
  assert.equal(holder.children.length, 1);
  press('ArrowRight');
  assert.equal(told(), null);
  pointing(holder);
  press('ArrowRight');
  assert.equal(told(), 'SGD at 2\nloss 4');
});
