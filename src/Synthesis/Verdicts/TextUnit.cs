using TurkishLlm.Synthesis.Chunks;

namespace TurkishLlm.Synthesis.Verdicts;

/// <summary>A sentence, a list item, a row of a table, a line of code or a heading: the least that says something.</summary>
/// <param name="Chunk">Where it stands.</param>
/// <param name="Start">First character in the text of the chunk.</param>
/// <param name="Length">Characters.</param>
/// <param name="Words">Its words, with the head of its table before those of a row.</param>
internal sealed record TextUnit(Chunk Chunk, int Start, int Length, string Words)
{
    public HashSet<string> Stems { get; } = [.. TurkishLlm.Synthesis.Verdicts.Stemmer.Extract(Words)];

    /// <summary>Stems without those of a table's head, which all its rows share.</summary>
    public HashSet<string> OwnStems { get; } = [.. TurkishLlm.Synthesis.Verdicts.Stemmer.Extract(Chunk.Text.Substring(Start, Length))];

    public HashSet<string> Facts { get; } = [.. TurkishLlm.Synthesis.Verdicts.Facts.Extract(Words, Chunk.Language == "en")];

    /// <summary>The units of a chunk, in order.</summary>
    public static IEnumerable<TextUnit> Split(Chunk chunk)
    {
        var (head, code) = ("", false);
        var at = 0;
        foreach (var line in chunk.Text.Split('\n'))
        {
            var start = at;
            at += line.Length + 1;
            if (line.StartsWith("```", StringComparison.Ordinal) || line.StartsWith("~~~~", StringComparison.Ordinal)) code = !code;
            else if (code)
            {
                if (line.Trim().Length > 0) yield return new(chunk, start, line.Length, line);
            }
            else if (line.StartsWith('|'))
            {
                if (head.Length == 0) head = line;
                else if (!line.StartsWith("| ---", StringComparison.Ordinal)) yield return new(chunk, start, line.Length, $"{head} {line}");
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
}
