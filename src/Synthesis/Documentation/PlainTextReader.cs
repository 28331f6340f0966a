using System.Globalization;
using System.Text.RegularExpressions;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Synthesis.Documentation;

/// <summary>
/// Reads plain-text documents separated by blank lines, as in a corpus. The first line is the title. A later line is a heading if
/// it looks like one: it is short, capitalized, has no final punctuation, and text follows. All headings below the title have
/// level 2. "Bkz." followed by the title of another document is a link to it, and so is a list item that consists of such a
/// title.
/// </summary>
internal static partial class PlainTextReader
{
    private const int MaxHeadingLength = 80, MaxHeadingWords = 10;

    public static IEnumerable<Page> Read(string file, string text)
    {
        var source = Path.ChangeExtension(file, null);
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var document in SplitDocuments(text))
        {
            var anchor = Anchor.FromHeading(
                document[0].Length > MaxHeadingLength ? document[0][..MaxHeadingLength] : document[0]);
            var name = $"{source}/{anchor}";
            for (var n = 2; !names.Add(name); n++) name = string.Create(CultureInfo.InvariantCulture, $"{source}/{anchor}-{n}");
            yield return CreatePage(name + ".txt", document) with
            {
                Module = Path.GetFileName(source), Submodule = Path.GetFileName(name), Level = PageLevels.FromTitle(document[0]),
            };
        }
    }

    private static IEnumerable<List<string>> SplitDocuments(string text)
    {
        List<string> lines = [];
        foreach (var source in ReadableText.Create(text).ReplaceLineEndings("\n").Split('\n'))
        {
            var line = source.TrimEnd();
            if (line.Trim().Length > 0) lines.Add(line);
            else if (lines.Count > 0)
            {
                yield return lines;
                lines = [];
            }
        }
        if (lines.Count > 0) yield return lines;
    }

    private static Page CreatePage(string document, List<string> lines)
    {
        var page = new PageWriter(hasReplacements: true);
        var anchors = new HashSet<string>(StringComparer.Ordinal);
        for (var at = 0; at < lines.Count;)
        {
            var line = lines[at];
            if (at == 0 || IsHeading(line, at + 1 < lines.Count ? lines[at + 1] : null))
            {
                var anchor = Anchor.FromHeading(line);
                for (var n = 2; !anchors.Add(anchor); n++)
                    anchor = string.Create(CultureInfo.InvariantCulture, $"{Anchor.FromHeading(line)}-{n}");
                page.Add(BlockKind.Heading, $"{(at == 0 ? "#" : "##")} {line.Trim()}", at == 0 ? 1 : 2, anchor);
                at++;
            }
            else if (IsItem(line))
            {
                var first = at;
                while (at < lines.Count && IsItem(lines[at])) at++;
                var items = string.Join('\n', lines[first..at]);
                page.Add(BlockKind.List, items, links: FindLinks(items));
            }
            else
            {
                page.Add(BlockKind.Paragraph, line.Trim(), links: FindLinks(line));
                at++;
            }
        }
        return page.ToPage(document);
    }

    private static bool IsItem(string line) => ItemMarkRegex().IsMatch(line);

    private static bool IsHeading(string line, string? next) =>
        next is not null && line.Length <= MaxHeadingLength && line.Count(c => c == ' ') < MaxHeadingWords
        && (char.IsUpper(line[0]) || char.IsDigit(line[0])) && (char.IsLetterOrDigit(line[^1]) || line[^1] is ')' or '\'' or '”')
        && !line.Contains(": ", StringComparison.Ordinal) && !IsItem(line);

    // References by title: "bkz. Satış siparişi oluşturma." Links without a target are removed later.
    private static string[] FindLinks(string text) =>
    [
        .. ReferenceRegex().Matches(text).Select(match => PlainTextTitle.CreateLink(match.Groups[1].Value)),
        .. text.Split('\n')
            .Where(line => line.Length <= MaxHeadingLength)
            .Select(line => PlainTextTitle.CreateLink(ItemMarkRegex().Replace(line, ""))),
    ];

    [GeneratedRegex(@"^\s*([-*•]|\d{1,3}[.)]|[a-zçğıöşü][.)])\s")]
    private static partial Regex ItemMarkRegex();

    [GeneratedRegex(@"\b[Bb]kz\.?:?\s+([^.;()]{4,120})")]
    private static partial Regex ReferenceRegex();
}
