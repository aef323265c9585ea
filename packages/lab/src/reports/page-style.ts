/** How a report looks: on a screen in light and dark, on a phone, and in print. */
export const style = `
:root {
  color-scheme: light dark;
  --paper: #ffffff; --card: #f6f7f9; --ink: #1b2430; --quiet: #566273; --line: #d9dee6; --link: #0b5cad;
  --right: #3b82c4; --wrong: #d9663b;
  --series-1: #0b5cad; --series-2: #c2410c; --series-3: #047857; --series-4: #9d1c9a; --series-5: #8a6100; --series-6: #475569;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --paper: #12161c; --card: #1a2029; --ink: #e6eaf0; --quiet: #a3afbf; --line: #333d4a; --link: #7ab8ff;
    --right: #2f6fae; --wrong: #a8492a;
    --series-1: #6cb6ff; --series-2: #ff9f6b; --series-3: #5fd6a5; --series-4: #e59bf0; --series-5: #e8c35a; --series-6: #b6c2d1;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0 auto; padding: 2rem 1rem 4rem; max-width: 72rem; background: var(--paper); color: var(--ink); font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", sans-serif; }
h1 { font-size: clamp(1.6rem, 5vw, 2.3rem); line-height: 1.2; margin: 0 0 .6rem; }
h2 { font-size: 1.4rem; line-height: 1.25; margin: 3rem 0 .6rem; padding-top: 1rem; border-top: 1px solid var(--line); }
h3 { font-size: 1.12rem; margin: 2.2rem 0 .4rem; }
p { max-width: 46rem; margin: .6rem 0; }
a { color: var(--link); }
.kind { margin: 0 0 .3rem; color: var(--quiet); font-size: .9rem; }
.summary { font-size: 1.12rem; }
nav ul { display: flex; flex-wrap: wrap; gap: .2rem 1.1rem; margin: 1rem 0 0; padding: 0; list-style: none; font-size: .92rem; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); gap: .7rem; margin: 1.2rem 0; }
.figures > div { padding: .7rem .9rem; background: var(--card); border-radius: .5rem; }
.figures dt { color: var(--quiet); font-size: .85rem; }
.figures dd { margin: 0; }
.figures strong { display: block; font-size: 1.6rem; line-height: 1.25; font-weight: 600; font-variant-numeric: tabular-nums; }
.figures span { color: var(--quiet); font-size: .8rem; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 20rem), 1fr)); gap: 1.2rem; margin: 1.2rem 0; align-items: start; }
.chart { margin: 0; padding: .9rem; min-width: 0; background: var(--card); border-radius: .5rem; }
.chart figcaption { font-weight: 600; margin-bottom: .5rem; }
.chart svg { display: block; width: 100%; max-width: 30rem; height: auto; }
.chart p { margin: .5rem 0 0; font-size: .84rem; line-height: 1.45; color: var(--quiet); }
.tables { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 20rem), 1fr)); gap: .4rem 2.5rem; margin: .8rem 0; align-items: start; }
.tables table { width: 100%; }
.tables caption { white-space: normal; }
.chart details { margin-top: .4rem; font-size: .88rem; }
summary { cursor: pointer; color: var(--link); padding: .3rem 0; width: fit-content; }
.scrolling { overflow-x: auto; }
.scrolling:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
table { border-collapse: collapse; margin: .8rem 0; font-size: .9rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; font-weight: 600; padding-bottom: .4rem; white-space: nowrap; }
th, td { padding: .3rem .7rem .3rem 0; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); }
th { font-weight: 600; }
tbody th { font-weight: 500; }
thead th { color: var(--quiet); font-size: .85rem; vertical-align: bottom; }
.number { text-align: right; white-space: nowrap; padding: .3rem 0 .3rem .9rem; }
.matrix table, table.matrix { margin: 0; }
table.matrix { font-size: .8rem; border-collapse: separate; border-spacing: 2px; width: 100%; }
table.matrix th, table.matrix td { border: 0; padding: .25rem .15rem; text-align: center; }
table.matrix tbody th { text-align: right; padding-right: .4rem; vertical-align: middle; color: var(--quiet); }
table.matrix thead th { vertical-align: bottom; font-weight: 500; }
table.matrix thead th span { writing-mode: vertical-rl; transform: rotate(180deg); white-space: nowrap; }
table.matrix .corner { color: var(--quiet); font-size: .75rem; vertical-align: bottom; text-align: right; padding-right: .4rem; }
table.matrix .right, table.matrix .wrong { border-radius: .2rem; min-width: 2.1rem; }
table.matrix .right { background: color-mix(in srgb, var(--right) calc(var(--share) * 60%), var(--paper)); }
table.matrix .wrong { background: color-mix(in srgb, var(--wrong) min(calc(var(--share) * 140%), 50%), var(--paper)); }
table.matrix td > span { display: block; font-size: .72rem; }
pre { margin: .8rem 0; padding: .9rem; background: var(--card); border-radius: .5rem; font: .85rem/1.5 ui-monospace, "Cascadia Mono", Menlo, Consolas, monospace; white-space: pre-wrap; overflow-wrap: anywhere; }
.references { margin: 1rem 0; }
.references > div { display: grid; grid-template-columns: minmax(4.5rem, 11rem) 1fr; gap: .1rem 1rem; padding: .35rem 0; border-bottom: 1px solid var(--line); }
.references dt { font-weight: 600; }
.references dd { margin: 0; max-width: 46rem; }
.pictures { display: grid; grid-template-columns: repeat(auto-fill, minmax(8rem, 1fr)); gap: 1rem; margin: 1rem 0; padding: 0; list-style: none; font-size: .85rem; }
.pictures figure { margin: 0; }
.pictures img { width: 100%; height: auto; border-radius: .3rem; image-rendering: pixelated; display: block; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
@media (min-width: 46rem) { .charts .chart.matrix { grid-column: span 2; } }
@media (max-width: 32rem) {
  body { padding: 1.2rem .9rem 3rem; }
  .references > div { grid-template-columns: 1fr; }
  .chart { padding: .7rem .6rem; }
}
@media print {
  @page { margin: 16mm 14mm; }
  body { max-width: none; padding: 0; font-size: 10pt; }
  nav, details { display: none; }
  .charts, .tables { grid-template-columns: 1fr 1fr; gap: .6rem; }
  .charts .chart.matrix { grid-column: span 2; }
  .chart, .figures > div, pre { border: 1px solid var(--line); background: none; }
  .chart, .figures, table, li, .references > div { break-inside: avoid; }
  h2, h3, h2 + p, h3 + p, caption, figcaption { break-after: avoid; }
  h2 { margin-top: 1.6rem; }
  h3, h2:has(+ h3) { break-before: page; }
  h2 + h3 { break-before: avoid; }
  .scrolling { overflow: visible; }
  table, thead th { font-size: 8pt; }
  .chart p { font-size: 8pt; }
  th, td { padding-right: .35rem; }
  .number { padding-left: .35rem; }
  table.matrix { font-size: 7pt; }
  table.matrix .right, table.matrix .wrong { print-color-adjust: exact; -webkit-print-color-adjust: exact; min-width: 0; }
  a { color: inherit; text-decoration: none; }
}
`;
