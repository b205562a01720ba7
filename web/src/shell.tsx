// What every page has: the way to the others, and the page that the address names.
import type { ComponentType, VNode } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import Argument from './pages/argument.tsx';
import { Compare } from './pages/compare.tsx';
import Playground from './pages/playground.tsx';
import { Studies } from './pages/studies.tsx';
import Theory from './pages/theory.tsx';
import { hrefOf, type Route, useRoute } from './route.ts';

interface Place {
  /** First part of the path; the studies stand at the root. */
  at: string;
  title: string;
  Page: ComponentType;
}

const places: readonly Place[] = [
  { at: '', title: 'Studies', Page: Studies },
  { at: 'compare', title: 'Compare', Page: Compare },
  { at: 'playground', title: 'Playground', Page: Playground },
  { at: 'theory', title: 'Theory', Page: Theory },
  { at: 'argument', title: 'Argument', Page: Argument },
];

export function Shell() {
  const route = useRoute();
  const { title, body, current } = pageOf(route);
  const main = useRef<HTMLElement>(null);
  const first = useRef(true);
  const address = route.path.join('/');
  useEffect(() => {
    document.title = title === '' ? 'gaplab' : `${title} · gaplab`;
  }, [title]);
  // A new page begins at its top, and readers of screens begin to read there.
  useEffect(() => {
    if (first.current) first.current = false;
    else {
      scrollTo(0, 0);
      main.current?.focus({ preventScroll: true });
    }
  }, [address]);
  return (
    <>
      <button type="button" class="skip" onClick={() => main.current?.focus()}>
        Skip to the content
      </button>
      <header class="top">
        <a class="brand" href={hrefOf([])}>
          gaplab
        </a>
        <nav aria-label="Pages">
          {places.map(({ at, title }) => (
            <a
              key={at}
              href={hrefOf(at === '' ? [] : [at])}
              aria-current={at === current ? 'page' : undefined}
            >
              {title}
            </a>
          ))}
        </nav>
      </header>
      <main id="main" ref={main} tabIndex={-1}>
        {body}
      </main>
    </>
  );
}

/** What to show at a route, and which entry of the navigation it belongs to. */
function pageOf({ path }: Route): { title: string; body: VNode; current: string | null } {
  const place = places.find(({ at }) => at === (path[0] ?? ''));
  if (!place) return { title: 'Not found', body: <NotFound />, current: null };
  return { title: place.title, body: <place.Page key={place.at} />, current: place.at };
}

const NotFound = () => (
  <>
    <h1>There is no such page</h1>
    <p>
      The address may be mistyped. <a href={hrefOf([])}>All studies</a>
    </p>
  </>
);
