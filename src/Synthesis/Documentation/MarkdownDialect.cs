using System.Text.RegularExpressions;

namespace TurkishLlm.Synthesis.Documentation;

/// <summary>
/// Rewrites what documentation generators add to Markdown as plain Markdown: callouts and folds become their titles and contents,
/// tabs their labels and contents, and directives without text disappear. Code is not changed.
/// </summary>
/// <remarks>
/// Python-Markdown (<c>!!!</c>, <c>???</c>, <c>===</c>), Docusaurus and VitePress (<c>:::</c>), GitHub and Obsidian
/// (<c>&gt; [!NOTE]</c>), MyST (<c>```{note}</c>), Hugo (<c>{{&lt; … &gt;}}</c>), GitBook and Jekyll (<c>{% … %}</c>), Docsify
/// (<c>!&gt;</c>), kramdown (<c>{: … }</c>), and imports of MDX.
/// </remarks>
internal static partial class MarkdownDialect
{
    private const int Indentation = 4, MaxNesting = 20, MaxDirectiveLength = 1000;

    private static readonly string[] CodeDirectives =
        ["code", "code-block", "code-cell", "sourcecode", "parsed-literal", "math", "mermaid"];

    private static readonly string[] EmptyDirectives = ["toctree", "contents", "tableofcontents", "index", "include"];

    // Other directives between backticks are code: ```{r} and ```{python} of notebooks.
    private static readonly string[] TextDirectives =
    [
        "note", "warning", "tip", "important", "caution", "danger", "attention", "hint", "error", "seealso", "admonition",
        "dropdown", "details", "tab-set", "tab-item", "card", "card-body", "grid", "grid-item", "grid-item-card", "topic",
        "sidebar", "margin", "versionadded", "versionchanged", "deprecated", "epigraph", "figure", "table", "todo",
    ];

    /// <summary>Rewrites a page.</summary>
    /// <param name="markdown">The page, with lines ended by <c>\n</c>.</param>
    public static string Convert(string markdown)
    {
        List<string> lines = [];
        Convert(markdown.Split('\n'), lines, 0);
        return string.Join('\n', lines);
    }

    private static void Convert(ReadOnlySpan<string> lines, List<string> output, int nesting)
    {
        for (var at = 0; at < lines.Length;)
        {
            var line = lines[at];
            if (DirectiveRegex().Match(line) is { Success: true } directive)
                at = AddDirective(lines, at, directive, output, nesting);
            else if (FenceRegex().Match(line) is { Success: true } fence)
            {
                var end = FindFenceEnd(lines, at, fence.Groups[1].Value);
                output.AddRange(lines[at..end]);
                at = end;
            }
            else if (nesting < MaxNesting && line.Length <= MaxDirectiveLength
                && IndentedRegex().Match(line) is { Success: true } container)
                at = AddIndented(lines, at, container, output, nesting);
            else
            {
                AddLine(line, output);
                at++;
            }
        }
    }

    // The end is after the closing fence, or at the end of the text.
    private static int FindFenceEnd(ReadOnlySpan<string> lines, int start, string fence)
    {
        for (var at = start + 1; at < lines.Length; at++)
        {
            var line = lines[at].Trim().TrimStart('>', ' ');
            if (line.Length >= fence.Length && line.All(c => c == fence[0])) return at + 1;
        }
        return lines.Length;
    }

    // "!!! note "Title"" with its content indented below it.
    private static int AddIndented(ReadOnlySpan<string> lines, int start, Match container, List<string> output, int nesting)
    {
        var outer = container.Groups[1].Value;
        var end = start + 1;
        var last = end;
        for (; end < lines.Length && (IsBlank(lines[end]) || CountIndent(lines[end]) >= outer.Length + Indentation); end++)
            if (!IsBlank(lines[end])) last = end + 1;
        output.AddRange(["", outer + container.Groups["title"].Value, ""]);
        string[] inner = [.. lines[(start + 1)..last].ToArray().Select(line => RemoveIndent(line, outer.Length))];
        Convert(inner, output, nesting + 1);
        output.Add("");
        return last;
    }

    private static bool IsBlank(string line) => line.AsSpan().Trim().IsEmpty;

    private static int CountIndent(string line)
    {
        var columns = 0;
        foreach (var c in line)
        {
            if (c == ' ') columns++;
            else if (c == '\t') columns += Indentation - columns % Indentation;
            else break;
        }
        return columns;
    }

    private static string RemoveIndent(string line, int outer)
    {
        if (IsBlank(line)) return "";
        return new string(' ', Math.Max(outer, CountIndent(line) - Indentation)) + line.TrimStart(' ', '\t');
    }

    // "```{note} Title" or ":::{note} Title" with its content up to the closing fence.
    private static int AddDirective(ReadOnlySpan<string> lines, int start, Match directive, List<string> output, int nesting)
    {
        var (indent, fence) = (directive.Groups[1].Value, directive.Groups[2].Value);
        var (name, argument) = (directive.Groups[3].Value, directive.Groups[4].Value);
        var end = FindFenceEnd(lines, start, fence);
        var isClosed = end > start + 1 && lines[end - 1].Trim().All(c => c == fence[0]);
        var inner = lines[(start + 1)..(isClosed ? end - 1 : end)];
        while (inner.Length > 0 && OptionRegex().IsMatch(inner[0])) inner = inner[1..];
        var isCode = CodeDirectives.Contains(name, StringComparer.Ordinal);
        if (isCode || fence[0] != ':' && !TextDirectives.Contains(name, StringComparer.Ordinal)
            && !EmptyDirectives.Contains(name, StringComparer.Ordinal))
        {
            var mark = fence[0] == ':' ? "```" : fence;
            output.Add($"{indent}{mark}{(isCode ? argument.Split(' ')[0] : name)}");
            output.AddRange(inner);
            output.Add(indent + mark);
        }
        else if (!EmptyDirectives.Contains(name, StringComparer.Ordinal) && nesting < MaxNesting)
        {
            output.AddRange(["", indent + argument.Trim(), ""]);
            Convert(inner, output, nesting + 1);
            output.Add("");
        }
        return end;
    }

    private static void AddLine(string line, List<string> output)
    {
        if (line.Length > MaxDirectiveLength) output.Add(line);
        else if (ContainerRegex().Match(line) is { Success: true } container)
            AddTitle(output, container.Groups[1].Value, FindContainerTitle(container.Groups[2].Value));
        else if (HighlightRegex().Match(line) is { Success: true } code)
            output.Add(code.Groups[1].Length > 0 ? "```" : $"```{code.Groups[2].Value}");
        else if (ShortcodeRegex().Match(line) is { Success: true } shortcode)
            AddTitle(output, shortcode.Groups[1].Value, TitleRegex().Match(shortcode.Value).Groups[1].Value);
        else if (TabItemRegex().Match(line) is { Success: true } tab) AddTitle(output, "", tab.Groups[1].Value);
        else if (AlertRegex().Match(line) is { Success: true } alert)
            output.Add($"{alert.Groups[1].Value} {alert.Groups[2].Value}".TrimEnd());
        else if (ModuleRegex().IsMatch(line) || TocRegex().IsMatch(line)) output.Add("");
        else output.Add(RewriteHeading(ReferenceRegex().Replace(DocsifyRegex().Replace(line, "$1"), "$1")));
    }

    // "## Title {#anchor .class}"
    private static string RewriteHeading(string line)
    {
        if (!line.TrimStart().StartsWith('#') || !line.TrimEnd().EndsWith('}')) return line;
        var start = line.LastIndexOf('{');
        if (start <= 0 || AttributeRegex().Match(line[start..].TrimEnd()) is not { Success: true } attributes) return line;
        var heading = line[..start].TrimEnd();
        return attributes.Groups[1].Length > 0 ? $"{heading} <a id=\"{attributes.Groups[1].Value}\"></a>" : heading;
    }

    // "note Title", "note[Title]", "{.note} Title", "tip Title {#anchor}"
    private static string FindContainerTitle(string arguments)
    {
        var rest = arguments.Trim();
        if (TitleRegex().Match(rest) is { Success: true } named) return named.Groups[1].Value;
        if (rest.StartsWith('{')) rest = rest[(rest.IndexOf('}', StringComparison.Ordinal) + 1)..].Trim();
        else rest = rest[rest.TakeWhile(c => char.IsLetterOrDigit(c) || c is '-' or '_' or '.').Count()..].Trim();
        if (rest.EndsWith('}') && rest.LastIndexOf('{') is >= 0 and var last) rest = rest[..last].Trim();
        return rest is ['[', .., ']'] ? rest[1..^1] : rest;
    }

    private static void AddTitle(List<string> output, string indent, string title) =>
        output.AddRange(["", title.Length > 0 ? indent + title : "", ""]);

    [GeneratedRegex(@"^\s*(?:[-*+]\s+|\d+[.)]\s+|>\s*)*(`{3,}|~{3,})")]
    private static partial Regex FenceRegex();

    [GeneratedRegex(@"^(\s*)(`{3,}|~{3,}|:{3,})\{([\w:.+-]+)\}\s*(.*)$")]
    private static partial Regex DirectiveRegex();

    [GeneratedRegex(@"^\s*:[\w-]+:(\s|$)")]
    private static partial Regex OptionRegex();

    [GeneratedRegex(
        @"^(\s*)(?:(?:!!!|\?\?\?\+?)\s+[\w-]+(?:\s+[\w-]+)*(?:\s+""(?<title>[^""]*)"")?|===[+!]*\s+""(?<title>[^""]*)"")\s*$")]
    private static partial Regex IndentedRegex();

    [GeneratedRegex(@"^(\s*):{3,}(.*)$")]
    private static partial Regex ContainerRegex();

    [GeneratedRegex(@"^\s*\{[{%][<%]?-?\s*(/|end)?highlight\s*([\w+#-]*)[^{}]*[%>]?[%}]\}\s*$")]
    private static partial Regex HighlightRegex();

    [GeneratedRegex(@"^(\s*)(?:\{\{[<%]([^{}]*)[>%]\}\}|\{%([^{}]*)%\})\s*$")]
    private static partial Regex ShortcodeRegex();

    [GeneratedRegex(@"(?:title|label|name|caption|header|summary)\s*=\s*""([^""]*)""")]
    private static partial Regex TitleRegex();

    [GeneratedRegex(@"^\s*<TabItem\b[^>]*\blabel=""([^""]*)""[^>]*>\s*$")]
    private static partial Regex TabItemRegex();

    [GeneratedRegex(@"^(\s*(?:>\s*)+)\[!\w+\][+-]?[ \t]*(.*)$")]
    private static partial Regex AlertRegex();

    [GeneratedRegex(
        @"^(?:import\s+[^;]*\bfrom\s+['""][^'""]+['""]|import\s+['""][^'""]+['""]|export\s+(?:const|default|let)\b.*);?\s*$"
        + @"|^\s*\{/\*.*\*/\}\s*$")]
    private static partial Regex ModuleRegex();

    [GeneratedRegex(@"^\s*(?:\[TOC\]|\[\[_?TOC_?\]\]|\[\[toc\]\]|\{:[^}]*\}|\$\{toc\}|<!--\s*toc\s*-->)\s*$")]
    private static partial Regex TocRegex();

    [GeneratedRegex(@"^(?:[!?]>\s+)(.*)$")]
    private static partial Regex DocsifyRegex();

    [GeneratedRegex(@"\{\{[<%]\s*(?:rel)?ref\s+""?([^""\s>%]+)""?\s*[>%]\}\}")]
    private static partial Regex ReferenceRegex();

    [GeneratedRegex(@"^\{:?\s*(?:#([\w.:-]+)|\.[\w-]+|[\w-]+=[^{}]*)[^{}]*\}$")]
    private static partial Regex AttributeRegex();
}
