// How a file of a report is recognized that is in no list: it was written before there were lists,
// or copied without the list.

import { z } from 'zod';
import { parseJson } from '../files/atomic.ts';
import type { Adopt } from '../files/owned.ts';
import { readPlain } from '../files/plain.ts';
import { studySummary } from '../store/schemas.ts';
import { SOURCES, sourcesFile } from './sources.ts';

/** `<meta name="generator">` of our pages, and the last lines of older ones. */
const page =
  /<meta name="generator" content="gaplab">|<footer>Written by gaplab[ .][^<]*<\/footer>\s*<\/main><\/body><\/html>\s*$/;
/** The older footer of the theory's pages has a link in it. */
const labPage = /<footer>Written by gaplab\. The theory is that of/;
/** Observable Plot's class on the root, below the declaration that only our writer puts before it. */
const figure = /^<\?xml version="1\.0" encoding="UTF-8"\?>\n<svg [^>]*class="plot-[0-9a-f]+"/;
/**
 * A header of names without blanks, and lines that end as RFC 4180 says; spreadsheets
 * and people write titles.
 */
const table = /^[A-Za-z]\w*(,[A-Za-z]\w*)+\r\n/;

/** The ledger, and the page of findings. */
const document =
  /^# (?:Results\n\n<!-- Written by `gaplab claims --markdown`|What was found\n\n<!-- Written by `gaplab claims --findings`)/;
/** `result.json` of the theory's commands. */
const labResult = z.looseObject({
  title: z.string(),
  answer: z.array(z.string()),
  caveats: z.array(z.string()),
});

/** Whether the text is that of a page, a figure, a table or a summary that gaplab writes under that name. */
export const isOfReport: Adopt = (name, path) => {
  const text = readPlain(path) ?? '';
  if (name.endsWith('.html')) return page.test(text) || labPage.test(text);
  if (name.endsWith('.svg')) return figure.test(text);
  if (name.endsWith('.csv')) return table.test(text);
  if (name.endsWith('.md')) return document.test(text);
  const known = { 'summary.json': studySummary, 'result.json': labResult, [SOURCES]: sourcesFile }[name];
  return known?.safeParse(parseJson(text)).success === true;
};
