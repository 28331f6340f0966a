namespace TurkishLlm.Monitoring.Pages;

/// <summary>The style sheet of all pages, for light and dark mode, narrow and wide screens, and print.</summary>
public static class PageStyle
{
    /// <summary>Number of colors for the lines of a chart; they differ in lightness and dashes, too.</summary>
    public const int ColorCount = 6;

    /// <summary>
    /// The style sheet. Its colors have names: paper, card, ink, soft, rule, line, raw, mark, bad, good, c0 … c5.
    /// </summary>
    public static Html Css { get; } = Html.From($$"""
        :root {
          color-scheme: light dark;
          --paper: #f7f6f2; --card: #ffffff; --ink: #1c2430; --soft: #5f6876; --rule: #e4e2db;
          --line: #04788f; --raw: #04788f33; --mark: #c4541d; --bad: #b3261e; --good: #24703f;
          --c0: #04788f; --c1: #c4541d; --c2: #5b3fa8; --c3: #8a6d00; --c4: #a8326e; --c5: #3d5a80;
        }
        @media (prefers-color-scheme: dark) {
          :root {
            --paper: #10141a; --card: #181d25; --ink: #e7e9ed; --soft: #98a2b1; --rule: #2a313c;
            --line: #4fc3d6; --raw: #4fc3d638; --mark: #f19a5b; --bad: #ff8a80; --good: #7bd196;
            --c0: #4fc3d6; --c1: #f19a5b; --c2: #b39ddb; --c3: #e3c44d; --c4: #f48fb1; --c5: #9fb8d9;
          }
        }
        * { box-sizing: border-box; }
        body {
          margin: 0; background: var(--paper); color: var(--ink); overflow-wrap: anywhere;
          font: 15px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
          font-variant-numeric: tabular-nums; -webkit-text-size-adjust: 100%;
          -webkit-print-color-adjust: exact; print-color-adjust: exact;
        }
        main { max-width: 1080px; margin: 0 auto; padding: 44px 24px 72px; }
        header { margin-bottom: 28px; }
        h1 { font-size: 30px; line-height: 1.2; letter-spacing: -.015em; margin: 0 0 6px; white-space: pre-wrap; }
        h2 { font-size: 18px; letter-spacing: -.005em; margin: 44px 0 14px; }
        h3 { font-size: 15px; margin: 0 0 8px; }
        p { margin: 0 0 10px; }
        .soft { color: var(--soft); }
        h2 + p.soft { margin-top: -8px; }
        .warn {
          border-left: 3px solid var(--bad); padding: 2px 0 2px 12px; color: var(--bad); margin: 0 0 18px; white-space: pre-line;
        }
        .good { color: var(--good); font-weight: 600; }
        .poor { color: var(--bad); font-weight: 600; }
        .bar { height: 4px; border-radius: 2px; background: var(--rule); margin-top: 16px; overflow: hidden; }
        .bar i { display: block; height: 100%; background: var(--line); }

        /* Figures and cards */
        .facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(128px, 1fr)); gap: 12px; margin: 0 0 14px; }
        .facts div, .card, .plan section, .findings li {
          background: var(--card); border: 1px solid var(--rule); border-radius: 10px; min-width: 0;
        }
        .facts div { padding: 12px 14px 11px; }
        .facts dt { color: var(--soft); font-size: 12.5px; line-height: 1.35; }
        .facts dd { margin: 2px 0 0; font-size: 19px; font-weight: 600; letter-spacing: -.02em; }
        .card { padding: 16px 18px; margin-bottom: 14px; }
        .card > :last-child { margin-bottom: 0; }
        .two { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 330px), 1fr)); gap: 0 22px; }
        .two > * { min-width: 0; }
        details { margin-top: 8px; }
        summary { cursor: pointer; color: var(--soft); font-size: 13.5px; }
        details > :not(summary) { margin-top: 8px; }
        summary h2 { display: inline; margin: 0 8px 0 2px; color: var(--ink); }
        .area { margin-top: 26px; }
        .findings { list-style: none; margin: 0 0 14px; padding: 0; display: grid; gap: 10px; }
        .findings li { border-left: 4px solid var(--soft); padding: 10px 16px; color: inherit; font-weight: inherit; }
        .findings li.warning { border-left-color: var(--bad); }
        .findings li.good { border-left-color: var(--good); }
        .findings b { display: block; font-size: 12.5px; font-weight: 600; color: var(--soft); }
        .findings .warning b { color: var(--bad); }
        .findings .good b { color: var(--good); }

        /* Tables */
        .scroll { overflow-x: auto; }
        table { border-collapse: collapse; width: 100%; }
        th { text-align: left; font-weight: 500; color: var(--soft); font-size: 12.5px; }
        tbody th { color: inherit; font-size: inherit; font-weight: 400; }
        th, td { padding: 7px 14px 7px 0; border-bottom: 1px solid var(--rule); vertical-align: top; }
        tr > :last-child { padding-right: 0; }
        tbody tr:last-child > * { border-bottom: 0; }
        .t { min-width: 8em; white-space: pre-wrap; }
        thead .t { white-space: normal; }
        td.n { text-align: right; white-space: nowrap; }
        th.n { text-align: right; overflow-wrap: normal; }
        td.wide { width: 40%; min-width: 90px; }
        .even { table-layout: fixed; min-width: 24em; }
        .sum tbody tr:last-child > * { border-top: 1px solid var(--soft); font-weight: 600; }
        .values th { color: var(--soft); font-size: 13.5px; width: 30%; padding: 4px 12px 4px 0; }
        .values td { font-size: 13.5px; padding: 4px 0; white-space: pre-wrap; }
        .track { margin-top: 7px; height: 10px; border-radius: 3px; background: var(--raw); overflow: hidden; }
        .track i { display: block; height: 100%; border-radius: 3px; background: var(--line); min-width: 1px; }
        .track.near i { background: var(--mark); }
        .track.poor i { background: var(--bad); }
        .track.parts { display: flex; }
        .track.parts i { border-radius: 0; background: var(--line); }
        .track.parts i.good { background: var(--good); }
        .track.parts i.mark { background: var(--mark); }
        .list { padding-left: 34px; }
        .range { position: relative; margin-top: 7px; height: 10px; border-radius: 3px; background: var(--rule); }
        .range b { position: absolute; top: 2px; height: 6px; border-radius: 3px; background: var(--line); opacity: .45; min-width: 2px; }
        .range i { position: absolute; top: -2px; height: 14px; width: 4px; margin-left: -2px; border-radius: 2px; background: var(--line); }
        .requirements .wide { width: 16%; }
        .requirements td.t { font-size: 13.5px; color: var(--soft); width: 32%; }
        .failed > * { color: var(--bad); }
        .events th.t { min-width: 4em; width: 84px; color: var(--soft); }
        .samples td { font-family: Georgia, "Times New Roman", serif; font-size: 16px; }
        .samples b { color: var(--line); font-weight: 600; }
        .samples .even th:first-child { width: 84px; min-width: 0; color: var(--soft); }
        .plan { columns: 3 260px; column-gap: 14px; }
        .plan section { break-inside: avoid; padding: 12px 16px; margin-bottom: 14px; }
        .plan h3 { margin: 0 0 4px; font-size: 13px; }
        .plan th { width: auto; min-width: 6em; padding: 3px 12px 3px 0; }
        .plan td { text-align: right; padding: 3px 0; }
        .plan th, .plan td { border: 0; }

        /* Pages of a server */
        nav { max-width: 1080px; margin: 0 auto; padding: 16px 24px 0; color: var(--soft); font-size: 13.5px; }
        nav + main { padding-top: 26px; }
        a { color: var(--line); }
        .runs { list-style: none; margin: 0; padding: 0; }
        .runs .card { display: grid; grid-template-columns: 5fr 3fr 8fr; gap: 10px 22px; align-items: center; }
        .runs .card > * { min-width: 0; }
        .runs .card > :only-child { grid-column: 1 / -1; }
        .runs h3 { margin: 0; font-size: 16px; }
        .runs p { margin: 0; font-size: 13px; }
        .runs .bar { margin-top: 8px; }
        .runs input { margin: 0 4px 0 0; accent-color: var(--line); }
        .runs .facts { margin: 0; grid-template-columns: repeat(auto-fit, minmax(86px, 1fr)); gap: 8px; }
        .runs .facts div { border: 0; padding: 0; background: none; }
        .runs .facts dd { font-size: 16px; }
        .spark { max-width: 240px; }
        .state { color: var(--soft); border: 1px solid; border-radius: 99px; padding: 1px 9px; font-size: 12px; }
        .state.running { color: var(--line); }
        .state.finished { color: var(--good); }
        .state.interrupted { color: var(--mark); }
        .state.unreadable { color: var(--bad); }
        button {
          font: inherit; padding: 6px 16px; border: 1px solid var(--line); border-radius: 99px; background: none;
          color: var(--line); cursor: pointer;
        }

        /* Charts */
        .charts { display: grid; grid-template-columns: repeat(3, minmax(0, 1fr)); gap: 14px; margin: 14px 0; }
        .charts .card { margin: 0; padding-bottom: 10px; }
        svg { display: block; width: 100%; height: auto; overflow: visible; }
        svg text { fill: var(--soft); font-size: 12px; }
        svg .title { fill: var(--ink); font-weight: 600; font-size: 14px; }
        svg .reading { fill: var(--ink); font-size: 13px; }
        .charts svg text, .slim svg text { font-size: 17px; }
        .charts svg .title, .slim svg .title { font-size: 19px; }
        .charts svg .reading, .slim svg .reading { font-size: 16px; }
        .slim { display: none; }
        svg .marktext { fill: var(--mark); }
        svg .grid { stroke: var(--rule); fill: none; }
        svg .raw { fill: var(--raw); stroke: var(--raw); stroke-width: 1; }
        .c0 { --own: var(--c0); --dash: none; }
        .c1 { --own: var(--c1); --dash: 9 4; }
        .c2 { --own: var(--c2); --dash: 2 4; }
        .c3 { --own: var(--c3); --dash: 12 3 2 3; }
        .c4 { --own: var(--c4); --dash: 5 3; }
        .c5 { --own: var(--c5); --dash: 14 5; }
        svg .line {
          fill: none; stroke: var(--own, var(--line)); stroke-dasharray: var(--dash, none); stroke-width: 2;
          stroke-linejoin: round; stroke-linecap: round;
        }
        svg .line.thin { stroke-width: 1; }
        svg .dot, svg .h circle { fill: var(--own, var(--line)); }
        svg tspan[class^="c"] { fill: var(--own); }
        svg .event { stroke: var(--bad); stroke-width: 1.5; stroke-dasharray: 4 3; fill: none; }
        svg .limit { stroke: var(--soft); stroke-width: 1.5; stroke-dasharray: 8 4; fill: none; }
        svg .mark { fill: var(--mark); stroke: var(--card); stroke-width: 1.5; }
        svg .best { fill: var(--good); font-size: 17px; }
        svg .bad { fill: var(--bad); font-weight: 700; }
        svg .h rect { fill: transparent; }
        svg .h > :not(rect) { opacity: 0; pointer-events: none; }
        svg .h path { stroke: var(--soft); stroke-dasharray: 3 3; }
        svg .h circle { stroke: var(--card); stroke-width: 1.5; }
        svg .h:hover > * { opacity: 1; }
        svg:has(.h:hover) .last { opacity: 0; }
        .legend { display: flex; flex-wrap: wrap; gap: 3px 18px; margin: 8px 0 10px; padding: 0; list-style: none; font-size: 13px; color: var(--soft); }
        .legend li { display: flex; align-items: baseline; min-width: 0; }
        .card > .legend:first-child { margin-top: 0; }
        .legend svg { flex: none; width: 34px; height: 12px; margin-right: 7px; position: relative; top: 1px; }
        .legend svg text, .charts .legend svg text { font-size: 13px; }
        .swatch { flex: none; width: 22px; height: 10px; border-radius: 3px; margin-right: 7px; background: var(--line); }
        .swatch.mark { background: var(--mark); }
        .swatch.bad { background: var(--bad); }
        .swatch.raw { background: var(--raw); }
        .swatch.good { background: var(--good); }
        .swatch.interval { opacity: .45; }

        /* Tabs and filters, without scripts */
        .switch { position: relative; }
        .switch > input { position: absolute; opacity: 0; pointer-events: none; }
        .switch > label {
          display: inline-block; padding: 3px 13px; margin: 0 6px 10px 0; border: 1px solid var(--rule); border-radius: 99px;
          color: var(--soft); font-size: 13px; cursor: pointer;
        }
        .switch > input:checked + label { color: var(--paper); background: var(--line); border-color: var(--line); }
        .switch > input:focus-visible + label { outline: 2px solid var(--line); outline-offset: 2px; }
        .switch > .pane { display: none; }
        .switch > input:nth-of-type(1):checked ~ .pane:nth-of-type(1),
        .switch > input:nth-of-type(2):checked ~ .pane:nth-of-type(2),
        .switch > input:nth-of-type(3):checked ~ .pane:nth-of-type(3) { display: block; }
        .filter > .show-good:checked ~ .filtered tbody tr:not(.right),
        .filter > .show-poor:checked ~ .filtered tbody tr:not(.wrong),
        .filter > .show-other:checked ~ .filtered tbody tr:not(.other) { display: none; }

        /* Text of users and of models */
        .terms { display: flex; flex-wrap: wrap; gap: 7px; }
        .terms > span { border: 1px solid var(--rule); border-radius: 7px; padding: 3px 9px; font-size: 14px; }
        .terms .whole { border-color: transparent; background: var(--raw); }
        .terms small { color: var(--soft); margin-left: 6px; }
        .terms b { color: var(--mark); font-weight: 400; padding: 0 1px; }
        .tokens { white-space: pre-wrap; font-size: 15px; line-height: 2; }
        .tokens span { border-radius: 3px; padding: 2px 0; margin-right: 1px; unicode-bidi: isolate; }
        .tokens span:nth-child(even) { filter: brightness(.94); }
        @media (prefers-color-scheme: dark) { .tokens span:nth-child(even) { filter: brightness(1.3); } }
        .learned { background: color-mix(in srgb, var(--good) 24%, var(--card)); border-bottom: 2px solid var(--good); }
        .read { background: color-mix(in srgb, var(--soft) 13%, var(--card)); }
        .context { background: color-mix(in srgb, var(--c2) 18%, var(--card)); border-bottom: 2px dotted var(--c2); }
        .control { background: color-mix(in srgb, var(--c3) 16%, var(--card)); color: var(--soft); font-size: 13px; }
        .legend .learned, .legend .read, .legend .context, .legend .control { height: 14px; position: relative; top: 2px; }
        .t small, .t details { font-weight: 400; }
        .right th:first-child::before { content: "✓ "; color: var(--good); font-weight: 700; }
        .wrong th:first-child::before { content: "✗ "; color: var(--bad); font-weight: 700; }

        @media (max-width: 860px) {
          .charts { grid-template-columns: minmax(0, 1fr); }
        }
        @media (max-width: 700px) {
          main { padding: 26px 14px 48px; }
          nav { padding: 12px 14px 0; }
          .runs .card { grid-template-columns: minmax(0, 1fr); }
          h1 { font-size: 24px; }
          .card { padding: 12px 12px; }
          .slim { display: block; }
          .broad { display: none; }
          .values th { width: 38%; }
          .stack, .stack tbody, .stack tr { display: block; min-width: 0; width: 100%; }
          .stack thead { display: none; }
          .stack tr { padding: 9px 0; border-bottom: 1px solid var(--rule); }
          .stack tbody tr:last-child { border-bottom: 0; }
          .stack th, .stack td { display: block; width: auto; min-width: 0; border: 0; padding: 1px 0; }
          .stack tbody th, .samples .even tbody th:first-child { font-weight: 600; width: auto; }
          .stack td[data-label]::before { content: attr(data-label); display: block; color: var(--soft); font: 12.5px/1.5 system-ui, sans-serif; white-space: normal; }
          .stack td[data-label=""]::before, .stack td.wide::before { content: none; }
          .stack td.n, .stack.even td { display: flex; gap: 10px; text-align: left; white-space: normal; }
          .stack td.n::before, .stack.even td::before { flex: 0 0 42%; min-width: 0; }
          .samples .stack.even td { display: block; white-space: pre-wrap; }
          .stack td.n, .stack.even td { align-items: baseline; }
          .stack td.wide { width: auto; padding-bottom: 7px; }
          .short .t { min-width: 5.6em; }
          .short td.wide { width: 26%; min-width: 60px; }
          .requirements .stack td.t { width: auto; }
          .requirements .stack tbody th { font-weight: 400; }
          .stack.sum tbody tr:last-child > * { border-top: 0; }
        }
        @media print {
          body { background: none; }
          main { padding: 0; max-width: none; }
          .card, .plan section, .facts div, .requirements tr { break-inside: avoid; }
        }
        """);
}
