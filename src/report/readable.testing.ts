// A report as its reader meets it: text without tags, for tests.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { parseHTML } from 'linkedom';
import { reportPage } from './page.ts';
import { loadedStudy } from './study-dir.testing.ts';
import { summarizeStudy } from './summary.ts';

/** The page without the one script that it may have: that of which its policy has the digest. */
export function withoutItsScript(page: string): string {
  const [, digest] = /script-src \S*sha256-([\w+/=]+)/.exec(page) ?? [];
  return page.replace(/<script>([\s\S]*?)<\/script>/, (whole, text) =>
    createHash('sha256').update(text).digest('base64') === digest ? '' : whole,
  );
}

/** Text of a page as a reader sees it; fails on what a browser would have to fetch or run. */
export function readPage(page: string): string {
  const html = withoutItsScript(page);
  const { document } = parseHTML(html);
  assert.equal(document.querySelectorAll('script, link, img, iframe').length, 0);
  const suspect = /url\(|@import|NaN|undefined|\[object/.exec(html);
  assert.ok(!suspect, html.slice((suspect?.index ?? 0) - 200, (suspect?.index ?? 0) + 100));
  const ids = [...document.querySelectorAll('[id]')].map(({ id }) => id);
  assert.deepEqual(ids, [...new Set(ids)], 'every anchor once');
  for (const link of document.querySelectorAll('a[href^="#"]'))
    assert.ok(ids.includes(decodeURIComponent(link.getAttribute('href')!.slice(1))), link.outerHTML);
  document.querySelector('style')?.remove();
  return (document.querySelector('body')?.textContent ?? '').replace(/\s+/g, ' ');
}

export function page(loaded = loadedStudy()): string {
  return readPage(reportPage(loaded, summarizeStudy(loaded)));
}
