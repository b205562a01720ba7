// The style sheet of the report: one column, light and dark, phone to print.

export const style = `
:root {
  color-scheme: light dark;
  --ink: #1b1f24; --muted: #5d6773; --grid: #d9dee3; --paper: #ffffff; --shade: #f4f6f8; --link: #0b5cad;
  --color-0: #0072b2; --color-1: #d55e00; --color-2: #009e73; --color-3: #cc79a7;
  --color-4: #b58900; --color-5: #56b4e9; --color-6: #7a5195; --color-7: #555555;
  --done: #7f9bb3; --diverged: #b3261e; --failed: #1b1f24; --missing: #d9dee3;
  --good: #1a7f4b; --bad: #b3261e; --open: #8a5a00;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ink: #e8ebee; --muted: #a2abb5; --grid: #353c44; --paper: #15181c; --shade: #1f242a; --link: #7cb8f2;
    --color-0: #4fa9e0; --color-1: #ff8a3d; --color-2: #35c496; --color-3: #e6a3c8;
    --color-4: #dcb83c; --color-5: #93d3f7; --color-6: #b998dd; --color-7: #aeb4bb;
    --done: #6d8ca6; --diverged: #ef6a62; --failed: #e8ebee; --missing: #3d454e;
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
p, ul, dl { margin: .5em 0; max-width: 47em; }
.answer { max-width: 49em; }
a { color: var(--link); }
.muted, figcaption, caption { color: var(--muted); font-size: .9rem; }
.answer { background: var(--shade); border-left: 4px solid var(--color-0); border-radius: 4px; padding: 12px 18px; margin: 1.2em 0; }
.answer p:first-child { font-weight: 600; }
.caveats { font-size: .9rem; color: var(--open); padding-left: 1.2em; }
figure { margin: 1em 0; }
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
tr.first td { border-top: 1px solid var(--muted); }
.dot { display: inline-block; width: .65em; height: .65em; border-radius: 50%; margin-right: .45em; }
.verdict { font-weight: 600; }
.supported { color: var(--good); } .refuted { color: var(--bad); } .inconclusive, .open { color: var(--open); }
dt { font-weight: 600; margin-top: .7em; } dd { margin: 0 0 0 1.2em; }
details { margin: .8em 0; } summary { cursor: pointer; }
pre { background: var(--shade); padding: 12px; border-radius: 4px; overflow-x: auto; font-size: .8rem; line-height: 1.4; }
svg { max-width: 100%; height: auto; }
footer { margin-top: 4em; color: var(--muted); font-size: .85rem; }
@media (max-width: 640px) {
  main { padding: 18px 12px 60px; }
  h1 { font-size: 1.4rem; }
  .wide { display: none; } .narrow { display: block; }
  .answer { padding: 10px 12px; }
}
@media print {
  :root { color-scheme: light; }
  body { font-size: 10.5pt; } main { max-width: none; padding: 0; }
  .wide { display: block; } .narrow { display: none; }
  figure, table, .answer { break-inside: avoid; } h2, h3, dt { break-after: avoid; }
  .scroll { overflow: visible; } table { font-size: 8pt; } th, td { padding: 2px 5px; }
}
`;
