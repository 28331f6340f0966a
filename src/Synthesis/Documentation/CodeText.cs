using System.Text;
using AngleSharp.Dom;

namespace TurkishLlm.Synthesis.Documentation;

/// <summary>
/// Reads program code from HTML with its lines. Highlighters write a line as text up to a line end, as an element of its own,
/// as a row of a table, or up to <c>br</c>.
/// </summary>
internal static class CodeText
{
    private static readonly string[] LanguagePrefixes =
        ["language-", "lang-", "highlight-source-", "highlight-text-", "highlight-"];

    private static readonly string[] NoLanguages = ["default", "none", "notranslate", "text", "wrapper"];

    /// <summary>Returns the code between fences; an empty string for an element without text.</summary>
    public static string Read(IElement element)
    {
        var text = ReadLines(element).ReplaceLineEndings("\n").Trim('\n');
        if (text.Trim().Length == 0) return "";
        var fence = !text.Contains("```", StringComparison.Ordinal) ? "```"
            : !text.Contains("~~~~", StringComparison.Ordinal) ? "~~~~"
            : new string('~', LongestRun(text, '~') + 1);
        return $"{fence}{FindLanguage(element)}\n{text}\n{fence}";
    }

    /// <summary>Returns the code without fences.</summary>
    public static string ReadLines(IElement element)
    {
        var text = new StringBuilder();
        var open = new Stack<(INode Node, bool IsEnd, int Start)>();
        open.Push((element, false, 0));
        while (open.TryPop(out var next))
        {
            if (next.IsEnd)
            {
                // An empty line is an element without text.
                if (text.Length == next.Start || text[^1] != '\n') text.Append('\n');
                continue;
            }
            switch (next.Node)
            {
                case IText content: text.Append(content.Data); continue;
                case IElement { LocalName: "br" }: text.Append('\n'); continue;
                case IElement line when line != element && IsLine(line):
                    if (text.Length > 0 && text[^1] != '\n') text.Append('\n');
                    if (IsBlockLine(line)) open.Push((line, true, text.Length));
                    break;
            }
            for (var child = next.Node.LastChild; child is not null; child = child.PreviousSibling) open.Push((child, false, 0));
        }
        return text.ToString();
    }

    private static bool IsLine(IElement element) =>
        IsBlockLine(element)
        || element.LocalName == "span" && (element.HasAttribute("data-line") || HtmlElements.HasClass(element, "line"));

    private static bool IsBlockLine(IElement element) => element.LocalName is "div" or "p" or "li" or "tr";

    private static string FindLanguage(IElement element)
    {
        var code = element.QuerySelector("code") ?? element;
        var candidates = new[] { code, element, element.ParentElement, element.ParentElement?.ParentElement };
        return candidates.OfType<IElement>().Select(GetLanguage).FirstOrDefault(language => language.Length > 0) ?? "";
    }

    private static string GetLanguage(IElement element)
    {
        if ((element.GetAttribute("data-lang") ?? element.GetAttribute("data-language")) is { Length: > 0 } named)
            return Clean(named);
        foreach (var name in element.ClassList)
        {
            var prefix = Array.Find(LanguagePrefixes, start => name.StartsWith(start, StringComparison.OrdinalIgnoreCase));
            if (prefix is null) continue;
            var language = name[prefix.Length..];
            if (prefix == "language-" || !NoLanguages.Contains(language, StringComparer.Ordinal)) return Clean(language);
        }
        // "brush: java; gutter: false", in a class or an attribute
        var settings = $"{element.ClassName};{element.GetAttribute("data-syntaxhighlighter-params")}";
        return settings.Split("brush:") is [_, var brush, ..]
            ? Clean(brush.Split(';', ' ').FirstOrDefault(part => part.Length > 0) ?? "")
            : "";
    }

    // What follows the fence must not look like code.
    private static string Clean(string language) =>
        language.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '+' or '#' or '_' or '.') ? language : "";

    private static int LongestRun(string text, char mark)
    {
        var (longest, run) = (0, 0);
        foreach (var c in text)
        {
            run = c == mark ? run + 1 : 0;
            longest = Math.Max(longest, run);
        }
        return longest;
    }
}
