using TurkishLlm.Synthesis.Chunks;

namespace TurkishLlm.Synthesis.Verdicts;

/// <summary>
/// The smallest unit that can support a claim: a sentence, a list item, a table row, a line of code or a heading.
/// </summary>
/// <param name="Chunk">The chunk that contains it.</param>
/// <param name="Start">Index of the first character in the text of the chunk.</param>
/// <param name="Length">Number of characters.</param>
/// <param name="Words">Its words; for a table row, preceded by the header of the table.</param>
internal sealed record TextUnit(Chunk Chunk, int Start, int Length, string Words)
{
    public HashSet<string> Stems { get; } = [.. TurkishLlm.Synthesis.Verdicts.Stemmer.Extract(Words)];

    /// <summary>Stems without those of the table header, which all rows share.</summary>
    public HashSet<string> OwnStems { get; } =
    [.. TurkishLlm.Synthesis.Verdicts.Stemmer.Extract(Chunk.Text.Substring(Start, Length))];

    public HashSet<string> Facts { get; } = [.. TurkishLlm.Synthesis.Verdicts.Facts.Extract(Words, Chunk.Language == "en")];

    /// <summary>True for a list item or a table row.</summary>
    public bool IsItem => Chunk.Text[Start] == '|' || Words.TrimStart() is ['-' or '*', ..]
        or [>= '0' and <= '9', '.' or ')', ..] or [>= '0' and <= '9', >= '0' and <= '9', '.' or ')', ..];

    /// <summary>Splits a chunk into units, in order.</summary>
    public static IEnumerable<TextUnit> Split(Chunk chunk)
    {
        var (head, fence) = ("", "");
        var at = 0;
        foreach (var line in chunk.Text.Split('\n'))
        {
            var start = at;
            at += line.Length + 1;
            if (fence.Length == 0 && GetFence(line) is { Length: > 0 } opened) fence = opened;
            else if (fence.Length > 0 && line == fence) fence = "";
            else if (fence.Length > 0)
            {
                if (line.Trim().Length > 0) yield return new(chunk, start, line.Length, line);
            }
            else if (line.StartsWith('|'))
            {
                if (head.Length == 0) head = line;
                else if (!line.StartsWith("| ---", StringComparison.Ordinal))
                    yield return new(chunk, start, line.Length, $"{head} {line}");
            }
            else
            {
                head = "";
                var begin = 0;
                foreach (var end in Sentences.FindEnds(line))
                {
                    if (line[begin..end].Trim().Length > 0) yield return new(chunk, start + begin, end - begin, line[begin..end]);
                    begin = end;
                }
            }
        }
    }

    // Inside one kind of fence, the other is code.
    private static string GetFence(string line) =>
        line.StartsWith("```", StringComparison.Ordinal) ? "```"
        : line.StartsWith("~~~~", StringComparison.Ordinal) ? line[..line.TakeWhile(c => c == '~').Count()]
        : "";
}
