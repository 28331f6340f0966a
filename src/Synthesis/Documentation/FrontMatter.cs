using System.Collections.Frozen;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace TurkishLlm.Synthesis.Documentation;

/// <summary>
/// Reads the metadata at the beginning of a Markdown page: YAML between lines of <c>---</c>, TOML between lines of <c>+++</c>, or
/// a JSON object. Text between two rules is not metadata.
/// </summary>
internal static partial class FrontMatter
{
    // Distinguish metadata from text such as "Not: yedek alın." between two rules.
    private static readonly FrozenSet<string> KnownKeys = FrozenSet.ToFrozenSet((
        "title lang language module submodule level prev next description date draft weight tags categories keywords slug id "
        + "layout author authors permalink aliases alias url type order parent nav_order nav_exclude hide template icon status "
        + "version updated created published toc sidebar sidebar_label sidebar_position summary linktitle uid "
        + "lastmod").Split(' '));

    /// <summary>Splits a page into metadata and text.</summary>
    /// <param name="markdown">The page, with lines ended by <c>\n</c>.</param>
    public static (Dictionary<string, string> Facts, string Body) Split(string markdown)
    {
        var (begin, (first, next)) = (0, GetLine(markdown, 0));
        while (first.Length == 0 && next < markdown.Length) (begin, (first, next)) = (next, GetLine(markdown, next));
        var facts = first switch
        {
            "---" => ReadFenced(markdown, next, IsYaml, ParseYaml, out next, "---", "..."),
            "+++" => ReadFenced(markdown, next, IsToml, ParseToml, out next, "+++"),
            ['{', ..] => ReadJson(markdown, begin, out next),
            _ => null,
        };
        return facts is null ? ([], markdown) : (facts, markdown[next..]);
    }

    private static (string Line, int Next) GetLine(string text, int start)
    {
        var end = text.IndexOf('\n', start);
        return end < 0 ? (text[start..].TrimEnd(), text.Length) : (text[start..end].TrimEnd(), end + 1);
    }

    private static Dictionary<string, string>? ReadFenced(
        string text, int start, Predicate<List<string>> isMetadata, Func<List<string>, Dictionary<string, string>> parse,
        out int next,
        params ReadOnlySpan<string> fences)
    {
        List<string> lines = [];
        for (next = start; next < text.Length;)
        {
            (var line, next) = GetLine(text, next);
            if (fences.Contains(line)) return isMetadata(lines) ? parse(lines) : null;
            lines.Add(line);
        }
        return null;
    }

    // A rule has a blank line below it, metadata have not, and its keys are lower-case words or known ones.
    private static bool IsYaml(List<string> lines)
    {
        var keys = new List<string>();
        foreach (var line in lines)
        {
            if (line.Length == 0 || line[0] is ' ' or '\t' or '#' or ']' or '}') continue;
            if (KeyRegex().Match(line) is { Success: true } key) keys.Add(key.Groups[1].Value);
            else if (keys.Count == 0 || !line.StartsWith("- ", StringComparison.Ordinal)) return false;
        }
        if (keys.Exists(key => KnownKeys.Contains(key.ToLowerInvariant()))) return true;
        return lines.Count == 0
            || keys.Count > 0 && lines[0].Length > 0 && keys.TrueForAll(key => !char.IsAsciiLetterUpper(key[0]));
    }

    private static Dictionary<string, string> ParseYaml(List<string> lines) => Parse(lines, KeyRegex());

    private static bool IsToml(List<string> lines)
    {
        var isString = false;
        foreach (var line in lines)
        {
            var belongs = isString || line.Length == 0 || line[0] is ' ' or '\t' or '#' or '[' or ']' or '}'
                || TomlRegex().IsMatch(line);
            if (!belongs) return false;
            isString ^= (line.Split("\"\"\"").Length + line.Split("'''").Length) % 2 != 0;
        }
        return true;
    }

    // The keys below the name of a table belong to that table.
    private static Dictionary<string, string> ParseToml(List<string> lines) =>
        Parse([.. lines.TakeWhile(line => !line.StartsWith('['))], TomlRegex());

    private static Dictionary<string, string> Parse(List<string> lines, Regex pattern)
    {
        var facts = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var line in lines)
            if (pattern.Match(line) is { Success: true } fact) facts[fact.Groups[1].Value] = Unquote(fact.Groups[2].Value.Trim());
        return facts;
    }

    private static string Unquote(string value)
    {
        if (value is ['"' or '\'', ..] && value.IndexOf(value[0], 1) is > 0 and var end) return value[1..end];
        return value.IndexOf(" #", StringComparison.Ordinal) is >= 0 and var comment ? value[..comment].TrimEnd() : value;
    }

    private static Dictionary<string, string>? ReadJson(string text, int start, out int next)
    {
        next = start;
        var rest = text[start..];
        try
        {
            var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(rest), new JsonReaderOptions
            {
                CommentHandling = JsonCommentHandling.Skip, AllowMultipleValues = true,
            });
            using var json = JsonDocument.ParseValue(ref reader);
            var length = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(rest).AsSpan(0, (int)reader.BytesConsumed)).Length;
            var (after, following) = GetLine(rest, length);
            if (after.Trim().Length > 0) return null;
            next = start + following;
            return json.RootElement.EnumerateObject()
                .Where(fact => fact.Value.ValueKind is JsonValueKind.String or JsonValueKind.Number)
                .GroupBy(fact => fact.Name, StringComparer.Ordinal)
                .ToDictionary(fact => fact.Key, fact => fact.Last().Value.ToString(), StringComparer.Ordinal);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            return null;       // text that begins with a brace, or strings that are not text
        }
    }

    [GeneratedRegex(@"^[""']?([A-Za-z_][A-Za-z0-9_.\-]*)[""']?\s*:(?:\s+(.*))?$")]
    private static partial Regex KeyRegex();

    [GeneratedRegex(@"^[""']?([A-Za-z0-9_][A-Za-z0-9_.\-]*)[""']?\s*=\s*(.*)$")]
    private static partial Regex TomlRegex();
}
