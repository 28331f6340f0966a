namespace TurkishLlm.Training;

/// <summary>The style sheet of reports: light and dark, narrow and wide, and on paper.</summary>
public static class ReportStyle
{
    /// <summary>The style sheet. Its colours have names: paper, card, ink, soft, rule, line, raw, mark, bad, good.</summary>
    public const string Css = """
        :root { color-scheme: light dark;
          --paper: #f7f6f2; --card: #ffffff; --ink: #1c2430; --soft: #66707f; --rule: #e4e2db; --line: #04788f; --raw: #04788f33; --mark: #c4541d; --bad: #b3261e; --good: #24703f; }
        @media (prefers-color-scheme: dark) { :root {
          --paper: #10141a; --card: #181d25; --ink: #e7e9ed; --soft: #98a2b1; --rule: #2a313c; --line: #4fc3d6; --raw: #4fc3d638; --mark: #f19a5b; --bad: #ff8a80; --good: #7bd196; } }
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
        .charts svg text { font-size: 17px; } .charts svg .title, .charts svg .reading { font-size: 18px; }
        svg .title { fill: var(--ink); font-weight: 600; font-size: 14px; }
        svg .reading { fill: var(--ink); font-size: 13px; }
        @media (max-width: 700px) { .wide svg text, .wide svg .title, .wide svg .reading { font-size: 25px; } }
        svg .marktext { fill: var(--mark); }
        svg .grid { stroke: var(--rule); fill: none; }
        svg .raw { fill: var(--raw); stroke: var(--raw); stroke-width: 1; }
        svg .line { fill: none; stroke: var(--line); stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; }
        svg .mark { fill: var(--mark); stroke: var(--card); stroke-width: 1.5; }
        svg .bad { fill: var(--bad); font-weight: 700; }
        svg .h rect { fill: transparent; } svg .h > :not(rect) { opacity: 0; pointer-events: none; }
        svg .h path { stroke: var(--soft); stroke-dasharray: 3 3; } svg .h circle { fill: var(--line); stroke: var(--card); stroke-width: 1.5; }
        svg .h:hover > * { opacity: 1; } svg:has(.h:hover) .last { opacity: 0; }
        table { border-collapse: collapse; width: 100%; }
        th { text-align: left; font-weight: 500; color: var(--soft); font-size: 12.5px; }
        th, td { padding: 8px 14px 8px 0; border-bottom: 1px solid var(--rule); vertical-align: top; }
        tr:last-child > * { border-bottom: 0; }
        .samples { padding: 10px 18px; } .samples td:first-child { color: var(--soft); white-space: nowrap; width: 84px; }
        .samples td:last-child { font-family: Georgia, "Times New Roman", serif; font-size: 16px; white-space: pre-wrap; overflow-wrap: anywhere; }
        .samples b { color: var(--line); font-weight: 600; }
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
