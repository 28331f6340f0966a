using System.Globalization;
using System.Text.RegularExpressions;
using TurkishLlm.Files;
using YamlDotNet.Core;

namespace TurkishLlm.Plans;

/// <summary>Explains why a text is not YAML: the line, what was expected, and the nearest fix.</summary>
internal static partial class YamlDiagnosis
{
    /// <summary>Finds what a merge of two versions left in a text.</summary>
    public static YamlProblem? FindConflictMark(string yaml)
    {
        var lines = Split(yaml);
        var at = Array.FindIndex(lines, line => ConflictMark().IsMatch(line));
        return at < 0
            ? null
            : new(at + 1, 1, "this line is a mark of an unresolved merge conflict; keep one of the two versions");
    }

    /// <summary>Explains an error of the parser.</summary>
    public static YamlProblem Explain(string yaml, YamlException error)
    {
        if (error is PlanYamlException) return new(error.Start.Line, error.Start.Column, error.Message);
        var lines = Split(yaml);
        var last = Math.Clamp((int)error.Start.Line, 1, lines.Length);
        return FindConflictMark(yaml)
            ?? FindTab(lines)
            ?? FindQuote(lines)
            ?? FindMissingSpace(lines)
            ?? FindDuplicate(lines, error)
            ?? FindBracket(lines)
            ?? FindReservedStart(lines, last)
            ?? FindColonInValue(lines, last)
            ?? FindIndentation(lines, last)
            ?? FindLineWithoutColon(lines, last)
            ?? new(last, Math.Max(1, (int)error.Start.Column), "expected a key, a colon, a space and a value");
    }

    /// <summary>Returns what was probably meant by <c>key:value</c> or <c>key=value</c>; null for any other text.</summary>
    public static string? SuggestKeyAndValue(string text) =>
        // The parser joins such lines to one text; the first is enough.
        MissingSpace().Match(NextKey().Split(text)[0]) is { Success: true } found
        && !found.Groups["value"].Value.StartsWith("//", StringComparison.Ordinal)
            ? $"{found.Groups["key"].Value}: {found.Groups["value"].Value.Trim()}"
            : null;

    /// <summary>Shows a line below a message; tabs are visible.</summary>
    public static string ShowLine(string yaml, long number)
    {
        var lines = Split(yaml);
        return number < 1 || number > lines.Length || lines[number - 1].Trim().Length == 0 ? ""
            : string.Create(
                CultureInfo.InvariantCulture,
                $"\n  {number} | {Shorten(lines[number - 1].Replace("\t", "⇥", StringComparison.Ordinal))}");
    }

    private static YamlProblem? FindTab(string[] lines)
    {
        for (var i = 0; i < lines.Length; i++)
        {
            var indent = lines[i].Length - lines[i].TrimStart(' ', '\t').Length;
            if (lines[i].AsSpan(0, indent).IndexOf('\t') is >= 0 and var at && indent < lines[i].Length)
                return new(i + 1, at + 1, "the line is indented with a tab; YAML takes only spaces, two for each level");
        }
        return null;
    }

    // The parser notices an open quote at the end of the text only.
    private static YamlProblem? FindQuote(string[] lines)
    {
        for (var i = 0; i < lines.Length; i++)
        {
            if (QuotedStart().Match(lines[i]) is not { Success: true, Groups: var groups }) continue;
            var (quote, rest) = (groups["quote"].Value[0], groups["rest"].Value);
            var body = quote == '"'
                ? rest.Replace("\\\\", "", StringComparison.Ordinal).Replace("\\\"", "", StringComparison.Ordinal)
                : rest.Replace("''", "", StringComparison.Ordinal);
            if (!body.Contains(quote, StringComparison.Ordinal))
                return new(i + 1, groups["quote"].Index + 1, $"the quote {quote} that begins here is not closed in its line");
            var after = body[(body.IndexOf(quote, StringComparison.Ordinal) + 1)..].Trim();
            if (groups["list"].Length == 0 && after.Length > 0 && after[0] != '#')
                return new(i + 1, groups["quote"].Index + 1,
                    "text follows the closing quote; put the whole value in quotes, and write a quote inside it as "
                        + (quote == '"' ? "\\\"" : "''"));
        }
        return null;
    }

    private static YamlProblem? FindMissingSpace(string[] lines)
    {
        for (var i = 0; i < lines.Length; i++)
            if (SuggestKeyAndValue(WithoutComment(lines[i]).Trim()) is { } meant)
                return new(i + 1, 1 + lines[i].Length - lines[i].TrimStart().Length,
                    $"a key is followed by a colon and a space; write \"{Shorten(meant)}\"");
        return null;
    }

    private static YamlProblem? FindDuplicate(string[] lines, YamlException error)
    {
        if (!error.Message.Contains("uplicate key", StringComparison.Ordinal)) return null;
        var line = Math.Clamp((int)error.Start.Line, 1, lines.Length);
        var key = KeyOf(lines[line - 1]);
        var indent = IndentOf(lines[line - 1]);
        for (var i = line - 2; i >= 0 && key is not null; i--)
        {
            if (lines[i].Trim().Length > 0 && IndentOf(lines[i]) < indent) break;
            if (IndentOf(lines[i]) == indent && KeyOf(lines[i]) == key)
                return new(line, indent + 1, string.Create(
                    CultureInfo.InvariantCulture, $"the key {key} occurs twice, first in line {i + 1}; remove one"));
        }
        return new(
            line, Math.Max(1, (int)error.Start.Column), $"a key occurs twice{(key is null ? "" : $": {key}")}; remove one");
    }

    private static YamlProblem? FindBracket(string[] lines)
    {
        var open = new Stack<(char Bracket, int Line, int Column)>();
        for (var i = 0; i < lines.Length; i++)
        {
            var quote = '\0';
            var line = lines[i];
            for (var j = 0; j < line.Length; j++)
            {
                var c = line[j];
                if (quote != '\0')
                {
                    if (c == quote && !(quote == '"' && line[j - 1] == '\\')) quote = '\0';
                }
                else if (c is '"' or '\'' && (j == 0 || line[j - 1] is ' ' or '[' or '{' or ',')) quote = c;
                else if (c == '#' && (j == 0 || line[j - 1] == ' ')) break;
                else if (c is '[' or '{' && (open.Count > 0 || IsValueStart(line, j))) open.Push((c, i + 1, j + 1));
                else if (c is ']' or '}' && open.Count > 0)
                {
                    var (bracket, at, column) = open.Pop();
                    if (bracket == '[' != (c == ']'))
                        return new(i + 1, j + 1, string.Create(CultureInfo.InvariantCulture,
                            $"the bracket {bracket} of line {at}, column {column} is closed by {c}"));
                }
            }
        }
        return open.Count == 0 ? null
            : open.ToArray()[^1] is var (first, line0, column0)
                ? new(line0, column0, $"the bracket {first} that begins here is not closed") : null;
    }

    private static YamlProblem? FindReservedStart(string[] lines, int last)
    {
        var found = ReservedStart().Match(lines[last - 1]);
        return found.Success
            ? new(last, found.Groups["value"].Index + 1,
                $"a value cannot begin with {found.Groups["value"].Value}; put the value in quotes")
            : null;
    }

    private static YamlProblem? FindColonInValue(string[] lines, int last)
    {
        var found = ColonInValue().Match(WithoutComment(lines[last - 1]));
        return found.Success
            ? new(last, found.Groups["value"].Index + 1,
                $"the value contains a colon followed by a space; put it in quotes: "
                    + $"{found.Groups["key"].Value.Trim()}: {PlanWriter.FormatText(Shorten(found.Groups["value"].Value.Trim()))}")
            : null;
    }

    private static YamlProblem? FindIndentation(string[] lines, int last)
    {
        for (var number = last; number >= Math.Max(1, last - 1); number--)
        {
            if (WithoutComment(lines[number - 1]).Trim().Length == 0) continue;
            var above = Array.FindLastIndex(lines, Math.Max(0, number - 2), line => WithoutComment(line).Trim().Length > 0);
            if (above < 0 || above == number - 1) continue;
            var (own, before) = (IndentOf(lines[number - 1]), IndentOf(lines[above]));
            var hasValue = !WithoutComment(lines[above]).TrimEnd().EndsWith(':');
            if (own > before && hasValue)
                return new(number, own + 1, string.Create(CultureInfo.InvariantCulture,
                    $"the line is indented by {Spaces(own)} and the one above by {Spaces(before)}; give both the same ")
                        + "indentation");
            var levels = lines[..(number - 1)].Where(line => WithoutComment(line).Trim().Length > 0).Select(IndentOf).ToHashSet();
            if (own < before && !levels.Contains(own))
                return new(number, own + 1, string.Create(CultureInfo.InvariantCulture,
                    $"the line is indented by {Spaces(own)}, which fits no section above it; indent it as the other keys of its ")
                        + "section");
        }
        return null;
    }

    private static YamlProblem? FindLineWithoutColon(string[] lines, int last)
    {
        for (var number = last; number >= Math.Max(1, last - 1); number--)
        {
            var text = WithoutComment(lines[number - 1]).Trim();
            if (text is [] or ['-' or '[' or '{' or ']' or '}', ..] || text.Contains(':', StringComparison.Ordinal)) continue;
            return new(number, IndentOf(lines[number - 1]) + 1, "the line is neither a key with a colon nor an item of a list");
        }
        return null;
    }

    private static string? KeyOf(string line) => Key().Match(line) is { Success: true } found ? found.Groups["key"].Value : null;

    private static int IndentOf(string line) => line.Length - line.TrimStart(' ').Length;

    private static string Spaces(int count) => Quantity.Format(count, "space");

    private static string WithoutComment(string line) =>
        line.TrimStart().StartsWith('#') ? ""
        : line.IndexOf(" #", StringComparison.Ordinal) is >= 0 and var at ? line[..at]
        : line;

    private static bool IsValueStart(string line, int at) =>
        line[..at].TrimEnd() is "" or [.., ':'] or [.., '-'];

    private static string Shorten(string text) => text.Length <= 100 ? text : text[..100] + " …";

    private static string[] Split(string yaml) => yaml.ReplaceLineEndings("\n").Split('\n');

    [GeneratedRegex("^(<<<<<<<|>>>>>>>|\\|\\|\\|\\|\\|\\|\\|)( |$)|^=======$")]
    private static partial Regex ConflictMark();

    [GeneratedRegex("^(?<key>[A-Za-z_][A-Za-z0-9_.-]*)(:|\\s*=\\s*)(?<value>[^\\s:=].*)$")]
    private static partial Regex MissingSpace();

    [GeneratedRegex("\\s+(?=[A-Za-z_][A-Za-z0-9_.-]*(:|\\s*=\\s*)[^\\s:=])")]
    private static partial Regex NextKey();

    [GeneratedRegex("^\\s*(- +)?[A-Za-z_][\\w.-]*: +(?<list>[\\[{][^'\"]*)?(?<quote>['\"])(?<rest>.*)$")]
    private static partial Regex QuotedStart();

    [GeneratedRegex("^\\s*(- +|[A-Za-z_][\\w.-]*: +)(?<value>[@`%])")]
    private static partial Regex ReservedStart();

    [GeneratedRegex("^(?<key>\\s*(- +)?[A-Za-z_][\\w.-]*): +(?<value>[^'\"\\[{\\s].*?: .*)$")]
    private static partial Regex ColonInValue();

    [GeneratedRegex("^\\s*(- +)?(?<key>[A-Za-z_][\\w.-]*)\\s*:")]
    private static partial Regex Key();
}

/// <summary>A place in a YAML text, and what is wrong there.</summary>
/// <param name="Line">Line, from 1.</param>
/// <param name="Column">Column, from 1.</param>
/// <param name="Reason">A sentence without its full stop.</param>
internal sealed record YamlProblem(long Line, long Column, string Reason);

/// <summary>Thrown for YAML that plans do not use. The message is a sentence of ours, without its full stop.</summary>
internal sealed class PlanYamlException(Mark start, Mark end, string reason) : YamlException(start, end, reason);
