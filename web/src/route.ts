// Where the visitor is. The part of the address after `#` names the page and holds its state, so
// that a link shows what its sender saw, and so that static pages need no server that knows their addresses.
import { useEffect, useState } from 'preact/hooks';
import { address } from './address.ts';

export interface Route {
  /** The parts of the path, decoded: `#/study/quick-1/runs` is `['study', 'quick-1', 'runs']`. */
  path: readonly string[];
  query: URLSearchParams;
}

/** The route of an address' `#...`. */
export function parseRoute(hash: string): Route {
  const [path, query = ''] = hash.replace(/^#\/?/, '').split('?', 2);
  return {
    path: path
      .split('/')
      .filter((part) => part !== '')
      .map(decoded),
    query: new URLSearchParams(query),
  };
}

/** A `%` that no browser wrote is taken as it stands. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** The address of a page; fields of `query` that are undefined or empty are left out. */
export function hrefOf(path: readonly string[], query: Record<string, string | undefined> = {}): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value) params.set(name, value);
  const text = params.toString();
  return `#/${path.map(encodeURIComponent).join('/')}${text ? `?${text}` : ''}`;
}

/** The query with `changes` made; undefined and empty values take a field out. */
export function changed(
  query: URLSearchParams,
  changes: Record<string, string | undefined>,
): URLSearchParams {
  const params = new URLSearchParams(query);
  for (const [name, value] of Object.entries(changes)) {
    if (value) params.set(name, value);
    else params.delete(name);
  }
  return params;
}

/** The present route; the component is drawn again when it changes. */
export function useRoute(): Route {
  const [hash, setHash] = useState(address.read);
  useEffect(() => {
    const follow = () => setHash(address.read());
    addEventListener('hashchange', follow);
    addEventListener('gaplab:state', follow);
    follow();
    return () => {
      removeEventListener('hashchange', follow);
      removeEventListener('gaplab:state', follow);
    };
  }, []);
  return parseRoute(hash);
}

/**
 * Writes state of the page into the address, in place of what stood there: the back button leaves the page.
 */
export function setState(changes: Record<string, string | undefined>): void {
  const { path, query } = parseRoute(address.read());
  const text = changed(query, changes).toString();
  address.write(`#/${path.map(encodeURIComponent).join('/')}${text ? `?${text}` : ''}`);
  dispatchEvent(new Event('gaplab:state'));
}
