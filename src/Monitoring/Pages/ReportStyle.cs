namespace TurkishLlm.Monitoring.Pages;

/// <summary>The style sheet of reports, for light and dark mode, narrow and wide screens, and print.</summary>
public static class ReportStyle
{
    /// <summary>Number of colors for the lines of a chart; they differ in lightness and dashes, too.</summary>
    public const int ColorCount = 6;

    /// <summary>
    /// The style sheet. Its colors have names: paper, card, ink, soft, rule, line, raw, mark, bad, good, c0 … c5.
    /// </summary>
    public const string Css = """
        :root { color-scheme: light dark;
          --paper: #f7f6f2; --card: #ffffff; --ink: #1c2430; --soft: #66707f; --rule: #e4e2db; --line: #04788f; --raw: #04788f33; --mark: #c4541d; --bad: #b3261e; --good: #24703f;
          --c0: #04788f; --c1: #c4541d; --c2: #5b3fa8; --c3: #8a6d00; --c4: #a8326e; --c5: #3d5a80; }
        @media (prefers-color-scheme: dark) { :root {
          --paper: #10141a; --card: #181d25; --ink: #e7e9ed; --soft: #98a2b1; --rule: #2a313c; --line: #4fc3d6; --raw: #4fc3d638; --mark: #f19a5b; --bad: #ff8a80; --good: #7bd196;
          --c0: #4fc3d6; --c1: #f19a5b; --c2: #b39ddb; --c3: #e3c44d; --c4: #f48fb1; --c5: #9fb8d9; } }
        * { box-sizing: border-box; }
        body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; font-variant-numeric: tabular-nums; }
        main { max-width: 1080px; margin: 0 auto; padding: 44px 24px 72px; }
        header { margin-bottom: 28px; }
        h1 { font-size: 30px; line-height: 1.2; letter-spacing: -.015em; margin: 0 0 6px; }
        h2 { font-size: 18px; letter-spacing: -.005em; margin: 44px 0 14px; }
        .soft { color: var(--soft); margin: 0; }
        .bar { height: 4px; border-radius: 2px; background: var(--rule); margin-top: 16px; overflow: hidden; }
        .bar i { display: block; height: 100%; background: var(--line); }
        .facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(128px, 1fr)); gap: 12px; margin: 0 0 14px; }
        .facts div, .card { background: var(--card); border: 1px solid var(--rule); border-radius: 10px; }
        .facts div { padding: 12px 14px 11px; }
        .facts dt { color: var(--soft); font-size: 12.5px; }
        .facts dd { margin: 1px 0 0; font-size: 19px; font-weight: 600; letter-spacing: -.02em; white-space: nowrap; }
        .card { padding: 18px 18px 8px; }
        .charts { display: grid; grid-template-columns: repeat(3, 1fr); gap: 14px; margin-top: 14px; }
        @media (max-width: 860px) { .charts { grid-template-columns: 1fr; } }
        svg { display: block; width: 100%; height: auto; overflow: visible; }
        svg text { fill: var(--soft); font-size: 12px; }
        .charts svg text, .slim svg text { font-size: 17px; } .charts svg .title, .charts svg .reading, .slim svg .title, .slim svg .reading { font-size: 18px; }
        .slim svg .reading { font-size: 15px; } .slim { display: none; } .note { font-size: 13.5px; padding-bottom: 8px; }
        svg .title { fill: var(--ink); font-weight: 600; font-size: 14px; }
        svg .reading { fill: var(--ink); font-size: 13px; }
        @media (max-width: 700px) { .slim { display: block; } .broad { display: none; } }
        svg .marktext { fill: var(--mark); }
        svg .grid { stroke: var(--rule); fill: none; }
        svg .raw { fill: var(--raw); stroke: var(--raw); stroke-width: 1; }
        svg .line { fill: none; stroke: var(--line); stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; }
        .c0 { --own: var(--c0); } .c1 { --own: var(--c1); stroke-dasharray: 9 4; } .c2 { --own: var(--c2); stroke-dasharray: 2 4; }
        .c3 { --own: var(--c3); stroke-dasharray: 12 3 2 3; } .c4 { --own: var(--c4); stroke-dasharray: 5 3; } .c5 { --own: var(--c5); stroke-dasharray: 14 5; }
        svg .line[class*=" c"] { stroke: var(--own); }
        svg .event { stroke: var(--bad); stroke-width: 1.5; stroke-dasharray: 4 3; fill: none; }
        .legend { display: flex; flex-wrap: wrap; gap: 4px 18px; margin: 0 0 10px; padding: 0; list-style: none; } .legend svg { display: inline-block; width: 34px; height: 8px; margin-right: 8px; vertical-align: middle; }
        .switch { position: relative; } .switch > input { position: absolute; opacity: 0; pointer-events: none; }
        .switch > label { display: inline-block; padding: 2px 12px; margin: 0 6px 10px 0; border: 1px solid var(--rule); border-radius: 99px; color: var(--soft); font-size: 13px; cursor: pointer; }
        .switch > input:checked + label { color: var(--paper); background: var(--line); border-color: var(--line); } .switch > input:focus-visible + label { outline: 2px solid var(--line); outline-offset: 2px; }
        .switch > .pane { display: none; } .switch > input:nth-of-type(1):checked ~ .pane:nth-of-type(1), .switch > input:nth-of-type(2):checked ~ .pane:nth-of-type(2), .switch > input:nth-of-type(3):checked ~ .pane:nth-of-type(3) { display: block; }
        svg .mark { fill: var(--mark); stroke: var(--card); stroke-width: 1.5; }
        svg .bad { fill: var(--bad); font-weight: 700; }
        svg .h rect { fill: transparent; } svg .h > :not(rect) { opacity: 0; pointer-events: none; }
        svg .h path { stroke: var(--soft); stroke-dasharray: 3 3; } svg .h circle { fill: var(--line); stroke: var(--card); stroke-width: 1.5; }
        svg .h:hover > * { opacity: 1; } svg:has(.h:hover) .last { opacity: 0; }
        table { border-collapse: collapse; width: 100%; }
        th { text-align: left; font-weight: 500; color: var(--soft); font-size: 12.5px; }
        th, td { padding: 8px 14px 8px 0; border-bottom: 1px solid var(--rule); vertical-align: top; }
        tr:last-child > * { border-bottom: 0; }
        .samples { padding: 10px 18px; } .samples tbody th { color: var(--soft); white-space: nowrap; width: 84px; font-weight: 400; }
        .samples td { font-family: Georgia, "Times New Roman", serif; font-size: 16px; white-space: pre-wrap; overflow-wrap: anywhere; }
        .samples b { color: var(--line); font-weight: 600; }
        @media (max-width: 700px) { .samples thead { display: none; } .samples tbody th, .samples td { display: block; border: 0; padding: 2px 0 8px; } .samples tbody th { padding-top: 12px; font-weight: 600; } }
        .findings { list-style: none; margin: 0 0 14px; padding: 0; display: grid; gap: 10px; }
        .findings li { background: var(--card); border: 1px solid var(--rule); border-left: 4px solid var(--soft); border-radius: 10px; padding: 10px 16px; } .findings li.warning { border-left-color: var(--bad); } .findings li.good { border-left-color: var(--good); color: inherit; font-weight: inherit; }
        .findings b { display: block; font-size: 12.5px; font-weight: 600; color: var(--soft); } .findings .warning b { color: var(--bad); } .findings .good b { color: var(--good); }
        .events { padding: 10px 18px; } .events td:first-child { color: var(--soft); white-space: nowrap; width: 84px; }
        details { margin-top: 8px; } summary { cursor: pointer; color: var(--soft); font-size: 13.5px; }
        .scroll { overflow-x: auto; } .scroll td, .scroll th { white-space: nowrap; text-align: right; } .scroll td:first-child, .scroll th:first-child { text-align: left; }
        .margins { margin-top: 12px; } .margins td { vertical-align: middle; } .margins .track { background: var(--rule); height: 8px; border-radius: 4px; min-width: 90px; } .margins .track i { display: block; height: 100%; border-radius: 4px; background: var(--line); min-width: 2px; } .margins .near i { background: var(--mark); }
        .gate .margins td:nth-child(2) { width: 30%; } .gate .margins td:nth-child(3) { white-space: nowrap; width: 1%; text-align: right; }
        @media (max-width: 700px) { .margins td:nth-child(4), .margins th:nth-child(4) { display: none; } .gate .margins td:nth-child(2) { width: auto; } }
        .plan { columns: 3 260px; column-gap: 14px; }
        .plan section { break-inside: avoid; background: var(--card); border: 1px solid var(--rule); border-radius: 10px; padding: 12px 16px; margin-bottom: 14px; }
        .plan h3 { margin: 0 0 4px; font-size: 13px; }
        .plan td { padding: 3px 0; border: 0; font-size: 13.5px; } .plan td:first-child { color: var(--soft); padding-right: 12px; } .plan td:last-child { text-align: right; overflow-wrap: anywhere; }
        .warn { border-left: 3px solid var(--bad); padding: 2px 0 2px 12px; color: var(--bad); margin: 0 0 18px; }
        .good { color: var(--good); font-weight: 600; } .poor { color: var(--bad); font-weight: 600; }
        .gate { padding: 14px 18px; } .gate p { margin: 0 0 6px; } .gate td { font-size: 13.5px; padding: 4px 14px 4px 0; overflow-wrap: anywhere; } .gate td:first-child { color: var(--soft); white-space: nowrap; width: 1%; }
        @media print { body { background: none; } main { padding: 0; max-width: none; } .card, .plan section, .facts div { break-inside: avoid; } }
        """;
}
