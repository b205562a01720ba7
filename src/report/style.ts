// The style sheet of the report: one column, light and dark, phone to print.
import { cssVariables, dark, light } from '../figures/palette.ts';

export const style = `
:root {
  color-scheme: light dark;
  ${cssVariables(light)}
  --shade: #f4f6f8; --link: #0b5cad;
  --good: #1a7f4b; --bad: #b3261e; --open: #8a5a00;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    ${cssVariables(dark)}
    --shade: #1f242a; --link: #7cb8f2;
    --good: #5ccf95; --bad: #ff8b84; --open: #e5b455;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", "Liberation Sans", Arial, sans-serif; }
body { overflow-wrap: break-word; }
main { max-width: 1060px; margin: 0 auto; padding: 28px 20px 80px; }
h1 { font-size: 1.75rem; line-height: 1.2; margin: 0 0 .3em; }
h2 { font-size: 1.25rem; line-height: 1.3; margin: 2.4em 0 .5em; }
h3 { font-size: 1rem; margin: 1.6em 0 .4em; }
h2, h3 { scroll-margin-top: 1em; }
.question { font-size: 1.05rem; }
nav { font-size: .9rem; margin: 1.2em 0; }
nav ul { columns: 17em; max-width: none; list-style: none; padding: 0; margin: .3em 0 0; }
nav li { break-inside: avoid; padding: .1em 0; }
nav a { text-decoration: none; } nav a:hover, nav a:focus-visible { text-decoration: underline; }
p, ul, dl { margin: .5em 0; max-width: 47em; }
.answer { max-width: 49em; }
a { color: var(--link); }
.muted, figcaption, caption { color: var(--muted); font-size: .9rem; }
.answer { background: var(--shade); border-left: 4px solid var(--color-0); border-radius: 4px; padding: 12px 18px; margin: 1.2em 0; }
.answer p:first-child { font-weight: 600; }
.caveats { font-size: .9rem; color: var(--open); padding-left: 1.2em; }
figure { margin: 1em 0; }
figure svg [role=button]:focus-visible, figure svg:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
figcaption { max-width: 52em; margin-top: .6em; }
.narrow { display: none; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: .86rem; font-variant-numeric: tabular-nums; margin: .6em 0; }
caption { text-align: left; caption-side: bottom; padding-top: .5em; }
th, td { padding: 4px 8px; border-bottom: 1px solid var(--grid); text-align: right; white-space: nowrap; vertical-align: top; }
th { font-weight: 600; vertical-align: bottom; }
th.text, td.text { text-align: left; }
td.wrap { white-space: normal; min-width: 12em; text-align: left; }
td.settings { white-space: normal; min-width: 8em; max-width: 13em; }
td .note { display: block; white-space: normal; max-width: 12em; margin-left: auto; } td.text .note { margin-left: 0; }
tr.first td { border-top: 1px solid var(--muted); }
.mark { width: .8em; height: .8em; margin-right: .4em; vertical-align: -.05em; }
.verdict { font-weight: 600; }
.supported { color: var(--good); } .refuted { color: var(--bad); } .inconclusive, .open { color: var(--open); }
dt { font-weight: 600; margin-top: .7em; } dd { margin: 0 0 0 1.2em; }
details { margin: .8em 0; } summary { cursor: pointer; }
pre { background: var(--shade); padding: 12px; border-radius: 4px; overflow-x: auto; font-size: .8rem; line-height: 1.4; }
svg { max-width: 100%; height: auto; }
footer { margin-top: 4em; color: var(--muted); font-size: .85rem; }
tbody th { padding-top: .8em; }
.files { white-space: nowrap; }
/* Room beside the column: the contents stay in sight. */
@media (min-width: 1500px) {
  main { margin-left: calc(50% - 640px); }
  nav { position: fixed; top: 28px; left: calc(50% + 430px); width: 210px; max-height: calc(100vh - 56px); overflow-y: auto; }
  nav ul { columns: auto; }
}
@media (max-width: 640px) {
  main { padding: 18px 12px 60px; }
  th, td { padding: 4px 6px; } table { font-size: .82rem; }
  .files { white-space: normal; }
  td.wrap { min-width: 7em; } .paper td { white-space: normal; }
  h1 { font-size: 1.4rem; }
  .wide { display: none; } .narrow { display: block; }
  .answer { padding: 10px 12px; }
}
@media print {
  nav, .files { display: none; }
  :root { color-scheme: light; }
  body { font-size: 10.5pt; } main { max-width: none; padding: 0; }
  .wide { display: block; } .narrow { display: none; }
  figure, table, .answer { break-inside: avoid; } h2, h3, dt { break-after: avoid; }
  .scroll { overflow: visible; } table { font-size: 8pt; } th, td { padding: 2px 5px; }
}
`;
