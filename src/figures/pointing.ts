// Hover values, and curves that can be switched on and off: what a page adds to the figures in it.
// The function stands alone, because reports have its text in a script of their own;
// so it uses nothing from outside.

export interface PointingOptions {
  /** Entries of the legend that are off in the beginning. */
  off?: readonly string[];
  /** Called with those that are off when the reader has switched one. */
  onSwitch?(off: string[]): void;
}

/**
 * Makes the figure in `holder` answer. Elements with a `<title>` are what can be pointed at, with the mouse,
 * a finger, or the arrow keys; elements whose `aria-label` is an entry of the legend go with that entry.
 * Returns what undoes it; the figure can be made to answer again after that.
 */
export function pointing(holder: HTMLElement, options: PointingOptions = {}): () => void {
  const svg = holder.querySelector('svg');
  if (!svg) return () => {};
  const page = holder.ownerDocument;
  const all = <E extends Element>(selector: string) => [...svg.querySelectorAll<E & Element>(selector)];
  const titles = all('title');
  // Changing thousands of elements is quicker beside the page. A figure with titles is new: nothing of it has
  // the focus, which it would lose.
  const [parent, next] = [svg.parentNode!, svg.nextSibling];
  if (titles.length > 0) svg.remove();
  // The browser's own tips would come late, and beside ours.
  for (const title of titles) {
    (title.parentElement as Element | null)?.setAttribute('data-told', title.textContent ?? '');
    title.remove();
  }
  const points = all<SVGGraphicsElement>('[data-told]').flatMap((element) => {
    const text = element.getAttribute('data-told')!;
    return text === '' ? [] : [{ element, text }];
  });
  // Shapes without a role may have no such label, and a reader of screens would say each of them.
  for (const shape of all('[aria-label]:not(svg, [role])')) {
    shape.setAttribute('data-entry', shape.getAttribute('aria-label')!);
    shape.removeAttribute('aria-label');
  }
  if (titles.length > 0) parent.insertBefore(svg, next);
  const undo: (() => void)[] = [];
  const listen = (target: EventTarget, type: string, listener: (event: never) => void) => {
    target.addEventListener(type, listener as EventListener);
    undo.push(() => target.removeEventListener(type, listener as EventListener));
  };

  const off = new Set(options.off ?? []);
  const parts = new Map<string, SVGElement[]>();
  for (const part of all<SVGElement>('[data-entry]')) {
    const label = part.getAttribute('data-entry')!;
    const own = parts.get(label);
    if (own) own.push(part);
    else parts.set(label, [part]);
  }
  const entries = all<SVGTextElement>('g[data-entry="legend"] > text').flatMap((text) => {
    const label = text.textContent ?? '';
    const own = parts.get(label);
    return own ? [{ text, label, own }] : [];
  });
  const show = () => {
    for (const { text, label, own } of entries) {
      const isOff = off.has(label);
      const before = text.getAttribute('aria-pressed');
      const now = String(!isOff);
      if (before === now) continue;
      text.setAttribute('aria-pressed', now);
      // What was never off needs no style, and there may be thousands of it.
      if (before === null && !isOff) continue;
      text.style.textDecoration = isOff ? 'line-through' : '';
      text.style.opacity = isOff ? '0.6' : '';
      for (const one of own) one.style.display = isOff ? 'none' : '';
    }
  };
  for (const { text, label } of entries) {
    text.setAttribute('role', 'button');
    text.setAttribute('tabindex', '0');
    text.style.cursor = 'pointer';
    const flip = () => {
      if (!off.delete(label)) off.add(label);
      show();
      hide();
      options.onSwitch?.([...off]);
    };
    listen(text, 'click', flip);
    listen(text, 'keydown', (event: KeyboardEvent) => {
      if (event.key !== 'Enter' && event.key !== ' ') return;
      event.preventDefault();
      flip();
    });
  }
  // A picture has no parts that answer; a group has.
  if (points.length + entries.length > 0) svg.setAttribute('role', 'group');

  const tip = page.createElement('div');
  tip.setAttribute('role', 'status');
  tip.style.cssText =
    'position:absolute;z-index:5;pointer-events:none;visibility:hidden;white-space:pre-line;max-width:20rem;' +
    'padding:6px 9px;border:1px solid var(--muted);border-radius:4px;background:var(--paper);color:var(--ink);' +
    'font:12px/1.45 system-ui,sans-serif;box-shadow:0 2px 8px rgb(0 0 0 / .25)';
  if (page.defaultView!.getComputedStyle(holder).position === 'static') holder.style.position = 'relative';
  holder.appendChild(tip);
  const ring = page.createElementNS('http://www.w3.org/2000/svg', 'circle');
  for (const [name, value] of Object.entries({
    r: '8',
    fill: 'none',
    stroke: 'var(--ink)',
    'pointer-events': 'none',
  }))
    ring.setAttribute(name, value);
  ring.style.visibility = 'hidden';
  svg.appendChild(ring);

  let at = -1;
  const middle = (element: Element) => {
    const { left, right, top, bottom } = element.getBoundingClientRect();
    return { x: (left + right) / 2, y: (top + bottom) / 2 };
  };
  const hide = () => {
    at = -1;
    tip.style.visibility = 'hidden';
    ring.style.visibility = 'hidden';
  };
  const isThere = ({ element }: { element: SVGGraphicsElement }) => {
    const { width, height } = element.getBoundingClientRect();
    return width + height > 0;
  };
  const tell = (index: number) => {
    at = index;
    const { element, text } = points[index];
    const place = middle(element);
    const box = holder.getBoundingClientRect();
    tip.textContent = text;
    const x = Math.min(place.x - box.left + 14, box.width - tip.offsetWidth - 2);
    const above = place.y - box.top - tip.offsetHeight - 12;
    tip.style.left = `${Math.max(0, x)}px`;
    tip.style.top = `${above >= 0 ? above : place.y - box.top + 14}px`;
    tip.style.visibility = 'visible';
    const matrix = svg.getScreenCTM();
    if (!matrix) return;
    ring.setAttribute('cx', String((place.x - matrix.e) / matrix.a));
    ring.setAttribute('cy', String((place.y - matrix.f) / matrix.d));
    ring.style.visibility = 'visible';
  };
  const nearest = (x: number, y: number): number => {
    let [best, least] = [-1, 40 ** 2];
    points.forEach((point, i) => {
      const { left, right, top, bottom, width, height } = point.element.getBoundingClientRect();
      if (width + height === 0) return;
      const [cx, cy] = [(left + right) / 2, (top + bottom) / 2];
      // Within a large element, such as a bar or a cell, one points at it wherever its middle is.
      const inside = x >= left && x <= right && y >= top && y <= bottom;
      const distance = (cx - x) ** 2 + (cy - y) ** 2;
      const judged = inside ? distance / 1e3 : distance;
      if (judged < least) [best, least] = [i, judged];
    });
    return best;
  };
  if (points.length > 0) {
    svg.setAttribute('tabindex', '0');
    const point = ({ clientX, clientY }: PointerEvent) => {
      const index = nearest(clientX, clientY);
      if (index < 0) hide();
      else if (index !== at) tell(index);
    };
    listen(svg, 'pointermove', point);
    listen(svg, 'pointerdown', point);
    listen(svg, 'pointerleave', ({ pointerType }: PointerEvent) => pointerType === 'mouse' && hide());
    listen(svg, 'blur', hide);
    listen(svg, 'keydown', (event: KeyboardEvent) => {
      if (event.target !== svg) return;
      if (event.key === 'Escape') return hide();
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      const there = points.flatMap((point, i) => (isThere(point) ? [i] : []));
      if (!step || there.length === 0) return;
      event.preventDefault();
      const place = there.indexOf(at);
      const next = place < 0 ? (step > 0 ? 0 : there.length - 1) : place + step;
      tell(there[(next + there.length) % there.length]);
    });
  }
  show();
  return () => {
    for (const one of undo) one();
    tip.remove();
    ring.remove();
  };
}
