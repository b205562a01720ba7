// A part of a page under a heading.
import type { ComponentChildren } from 'preact';

/** A part of the page, or a sentence where there is nothing for it. */
export function Part({
  title,
  absent,
  children,
}: {
  title: string;
  absent: string | false;
  children?: ComponentChildren;
}) {
  return (
    <section>
      <h2>{title}</h2>
      {absent ? <p class="muted">{absent}</p> : children}
    </section>
  );
}
