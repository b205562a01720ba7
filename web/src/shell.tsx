// What every page has: the way to the others, and the page that the address names.
import type { ComponentType, VNode } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import Argument from './pages/argument.tsx';
import { Compare } from './pages/compare.tsx';
import { NotFound } from './pages/not-found.tsx';
import Playground from './pages/playground.tsx';
import { Studies } from './pages/studies.tsx';
import { Study } from './pages/study.tsx';
import Theory from './pages/theory.tsx';
import { ConnectionSign, Notes } from './parts/notes.tsx';
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
        <ConnectionSign />
      </header>
      <main id="main" ref={main} tabIndex={-1}>
        {body}
      </main>
      <Notes />
    </>
  );
}

/** What to show at a route, and which entry of the navigation it belongs to. */
function pageOf({ path }: Route): { title: string; body: VNode; current: string | null } {
  const [first = '', ...rest] = path;
  if (first === 'study') return { title: 'Study', body: <Study path={rest} />, current: '' };
  const place = places.find(({ at }) => at === first);
  if (!place || rest.length > 0) return { title: 'Not found', body: <NotFound />, current: null };
  return { title: place.title, body: <place.Page key={place.at} />, current: place.at };
}
