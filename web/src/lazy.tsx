// Pages that are loaded when they are first shown.
import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';

/** A component for the default export of a module; until it is there, or when it cannot be had, it says so. */
export function lazy(load: () => Promise<{ default: ComponentType }>): ComponentType {
  return function Lazy() {
    const [Page, setPage] = useState<{ component?: ComponentType; error?: string }>({});
    useEffect(() => {
      load().then(
        (module) => setPage({ component: module.default }),
        (error: Error) => setPage({ error: error.message }),
      );
    }, []);
    if (Page.error)
      return <p role="alert">This page could not be loaded: {Page.error}. Reload to try again.</p>;
    return Page.component ? <Page.component /> : <p class="loading">Loading…</p>;
  };
}
