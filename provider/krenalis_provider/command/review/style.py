"""The page's style sheet: readable from 360 pixels on, in light and dark, and on paper, where nothing is folded.

Colours are far apart for all kinds of colour vision, and none of them is the only sign of what it means.
"""

from typing import Final

CSS: Final = """
:root {
  color-scheme: light dark;
  --page: #f4f5f7; --card: #ffffff; --ink: #1b1f24; --soft: #57606a; --line: #d5dae0; --code: #eef0f3;
  --lost: #a63200; --lost-tint: #fff0e8; --lost-line: #d55e00;
  --maybe: #7a4f00; --maybe-tint: #fff6dd; --maybe-line: #c98500;
  --safe: #00593f; --safe-tint: #e6f5ef; --safe-line: #009e73;
  --add: #00538a; --add-tint: #e7f1fa; --add-line: #0072b2;
  --alter: #76305c; --alter-tint: #f9edf4; --alter-line: #b0578f;
  --focus: #0072b2;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #0f1216; --card: #181c22; --ink: #e8ebef; --soft: #a3acb7; --line: #343b45; --code: #242a32;
    --lost: #ffb08a; --lost-tint: #3a1d10; --lost-line: #e8743b;
    --maybe: #ffd27a; --maybe-tint: #332708; --maybe-line: #c98500;
    --safe: #7fdcbc; --safe-tint: #0d2c23; --safe-line: #1fae85;
    --add: #8cc8f5; --add-tint: #0f2a40; --add-line: #3a93d1;
    --alter: #f0b3d8; --alter-tint: #371f2f; --alter-line: #c774a8;
    --focus: #8cc8f5;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body {
  margin: 0; background: var(--page); color: var(--ink); overflow-wrap: anywhere;
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", "DejaVu Sans", sans-serif;
}
header, main, footer { max-width: 70rem; margin: 0 auto; padding: 0 1.25rem; }
header { padding-top: 1.75rem; }
footer { padding-top: .5rem; padding-bottom: 2.5rem; color: var(--soft); font-size: .875rem; }
h1, h2, h3 { line-height: 1.25; margin: 0; text-wrap: balance; }
h1 { font-size: 1.75rem; letter-spacing: -.015em; }
h2 { font-size: 1.3rem; letter-spacing: -.01em; }
h3 { font-size: 1rem; }
p { margin: .4rem 0; max-width: 46rem; }
ul { margin: .5rem 0; padding-left: 1.25rem; }
li { margin: .2rem 0; }
a { color: inherit; text-underline-offset: .18em; }
code, pre, .mono { font-family: ui-monospace, "SF Mono", Menlo, Consolas, "Liberation Mono", "DejaVu Sans Mono", monospace; }
code { font-size: .875em; background: var(--code); border-radius: .25rem; padding: .1em .35em; }
.verdict code, .lossbox code { background: color-mix(in srgb, var(--card) 75%, transparent); }
.kicker { color: var(--soft); font-size: .875rem; font-weight: 600; letter-spacing: .02em; margin: 0 0 .6rem; }
.skip { position: absolute; left: -100vw; }
.skip:focus { left: 1rem; top: 1rem; background: var(--card); padding: .5rem 1rem; border-radius: .4rem; z-index: 1; }
:focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; border-radius: .25rem; }

.verdict {
  display: grid; grid-template-columns: auto 1fr; gap: 0 1.1rem; align-items: start;
  border: 1px solid var(--edge); border-left-width: .5rem; border-radius: .75rem; background: var(--tint); padding: 1.25rem 1.5rem;
}
.verdict h1, .verdict .icon { color: var(--tone); }
.verdict .icon { width: 3rem; height: 3rem; }
.verdict p { font-size: 1.05rem; }
.verdict ul ul { margin: .1rem 0 .3rem; padding: 0 0 0 1.25rem; border: 0; list-style: circle; }
.verdict > ul { grid-column: 1 / -1; margin-top: .9rem; padding: .8rem 0 0 1.25rem; border-top: 1px solid var(--edge); }
.lost, .failed { --tone: var(--lost); --tint: var(--lost-tint); --edge: var(--lost-line); }
.may { --tone: var(--maybe); --tint: var(--maybe-tint); --edge: var(--maybe-line); }
.safe { --tone: var(--safe); --tint: var(--safe-tint); --edge: var(--safe-line); }
.note { border-left: .25rem solid var(--maybe-line); background: var(--maybe-tint); border-radius: .35rem; padding: .6rem 1rem; margin: .75rem 0; max-width: none; }

.card { background: var(--card); border: 1px solid var(--line); border-radius: .75rem; margin: 1.25rem 0; padding: 1.25rem 1.5rem; }
.card > header { display: flex; flex-wrap: wrap; gap: .35rem .75rem; align-items: baseline; padding: 0; margin: 0 0 .75rem; max-width: none; }
.card .where { flex-basis: 100%; color: var(--soft); font-size: .9375rem; margin: 0; }
.lossbox { border-left: .35rem solid var(--edge); background: var(--tint); border-radius: .4rem; padding: .75rem 1.1rem; margin: .75rem 0; }
.lossbox h3 { color: var(--tone); }
.badge {
  display: inline-block; white-space: nowrap; font-size: .8125rem; font-weight: 600; line-height: 1.4; padding: .1rem .55rem; border-radius: 1rem;
  color: var(--tone, var(--soft)); background: var(--tint, var(--code)); border: 1px solid var(--edge, var(--line));
}
.dropped, .emptied { --tone: var(--lost); --tint: var(--lost-tint); --edge: var(--lost-line); }
.added { --tone: var(--add); --tint: var(--add-tint); --edge: var(--add-line); }
.retyped, .renamed { --tone: var(--alter); --tint: var(--alter-tint); --edge: var(--alter-line); }

.scroll { overflow-x: auto; margin: .5rem 0; }
.scroll:last-child, ul:last-child, p:last-child { margin-bottom: 0; }
table { border-collapse: collapse; width: 100%; min-width: 34rem; font-size: .9375rem; }
caption { text-align: left; color: var(--soft); font-size: .875rem; padding-bottom: .4rem; }
th, td { overflow-wrap: break-word; text-align: left; vertical-align: top; padding: .45rem .9rem .45rem 0; border-bottom: 1px solid var(--line); }
th:last-child, td:last-child { padding-right: 0; }
thead th { color: var(--soft); font-size: .8125rem; font-weight: 600; border-bottom-width: 2px; }
tbody th { font-weight: 400; min-width: 14rem; overflow-wrap: anywhere; }
tbody tr:last-child > * { border-bottom: 0; }
tr.dropped th code { text-decoration: line-through; }
td .loss { color: var(--lost); font-weight: 600; }
td .gone { color: var(--maybe); font-weight: 600; }

details { border-top: 1px solid var(--line); padding: .3rem 0; }
details details { border: 0; }
summary { cursor: pointer; padding: .4rem .25rem; font-weight: 600; }
summary .count { color: var(--soft); font-weight: 400; }
details > .body { padding: .1rem .25rem .75rem; }
pre { background: var(--code); border-radius: .5rem; padding: .85rem 1rem; margin: .5rem 0; font-size: .8125rem; line-height: 1.55; white-space: pre-wrap; overflow-wrap: anywhere; tab-size: 4; }
.body > :first-child, .body > :first-child > li:first-child { margin-top: 0; padding-top: 0; }
.messages { list-style: none; padding: 0; }
.messages > li { padding: .35rem 0; }
.messages p { color: var(--soft); margin: .1rem 0; font-size: .9375rem; max-width: 60rem; }

.diagrams { display: flex; flex-wrap: wrap; gap: 1.25rem 2.5rem; align-items: flex-start; }
figure { margin: .25rem 0 0; max-width: 100%; }
figcaption { font-weight: 600; font-size: .875rem; color: var(--soft); margin-bottom: .4rem; }
figure:only-child { flex: 1; }
figure:only-child > * { max-width: 38rem; margin-left: auto; margin-right: auto; }
figure:only-child svg.diagram { width: 100%; height: auto; }
svg.diagram { display: block; max-width: none; }
svg.diagram.narrow { display: none; }
.diagram text { fill: var(--ink); font: 12px ui-monospace, "SF Mono", Menlo, Consolas, "Liberation Mono", "DejaVu Sans Mono", monospace; }
.diagram .small { fill: var(--soft); font: 11px system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", "DejaVu Sans", sans-serif; }
.diagram .strong { font-weight: 600; fill: var(--ink); }
.diagram .mono.strong { font-size: 12.5px; }
.diagram .end { text-anchor: end; }
.diagram .box { fill: var(--card); stroke: var(--edge, var(--line)); stroke-width: 1.25; }
.diagram .box.dropped { stroke-dasharray: 5 4; }
.diagram .band { fill: var(--tint); }
.diagram .rule { stroke: var(--line); }
.diagram .arrow { stroke: var(--soft); stroke-width: 1.25; }
.diagram .tip { fill: var(--soft); }
.diagram .sign { font-weight: 700; fill: var(--tone); }
.diagram text.mono.dropped { text-decoration: line-through; fill: var(--tone); }
.diagram text.mono.emptied, .diagram text.mono.added, .diagram text.mono.retyped, .diagram text.mono.renamed { fill: var(--tone); }

@media (max-width: 40rem) {
  header, main, footer { padding-left: .875rem; padding-right: .875rem; }
  .card, .verdict { padding: 1rem; }
  .verdict { gap: 0 .8rem; }
  .verdict .icon { width: 2.25rem; height: 2.25rem; }
  h1 { font-size: 1.4rem; }
  table, tbody { display: block; min-width: 0; }
  svg.diagram { max-width: 100%; height: auto; }
  svg.diagram.wide { display: none; }
  svg.diagram.narrow { display: block; }
  thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  tbody tr { display: block; padding: .6rem 0; border-bottom: 1px solid var(--line); }
  tbody tr:last-child { border-bottom: 0; }
  tbody th, tbody td { display: block; position: relative; padding: .15rem 0 .15rem 6.5rem; border: 0; min-width: 0; overflow-wrap: anywhere; }
  tbody th::before, tbody td::before { content: attr(data-label); position: absolute; left: 0; width: 6rem; color: var(--soft); font-size: .8125rem; }
}
@media print {
  :root {
    --page: #ffffff; --card: #ffffff; --ink: #000000; --soft: #40464d; --line: #b9c0c8; --code: #f1f2f4;
    --lost: #8f2b00; --lost-tint: #fff5f0; --lost-line: #d55e00; --maybe: #6b4500; --maybe-tint: #fffaf0; --maybe-line: #c98500;
    --safe: #004d36; --safe-tint: #f1faf6; --safe-line: #009e73; --add: #004a7c; --add-tint: #f0f7fc; --add-line: #0072b2;
    --alter: #6a2852; --alter-tint: #fcf4f9; --alter-line: #b0578f;
  }
  body { font-size: 10pt; -webkit-print-color-adjust: exact; print-color-adjust: exact; }
  header, main, footer { max-width: none; padding-left: 0; padding-right: 0; }
  .skip { display: none; }
  .scroll { overflow: visible; }
  table { min-width: 0; }
  .card, .lossbox, figure, tr { break-inside: avoid-page; }
  .card { border: 0; border-top: 2px solid var(--line); border-radius: 0; padding: 1rem 0; break-inside: auto; }
  details::details-content { content-visibility: visible; block-size: auto; opacity: 1; }
  svg.diagram { max-width: 100%; height: auto; }
  svg.diagram.wide { display: block; }
  svg.diagram.narrow { display: none; }
  summary { list-style: none; }
}
"""
