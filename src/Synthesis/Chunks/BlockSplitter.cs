using TurkishLlm.Synthesis.Documentation;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Synthesis.Chunks;

/// <summary>
/// Splits blocks that exceed the maximum length of a chunk: tables, lists and code between lines, running text between sentences,
/// and at arbitrary positions if nothing else is possible.
/// </summary>
internal sealed class BlockSplitter(Tokenizer tokenizer, int maxTokens)
{
    /// <summary>Splits a block into ranges that cover it without gap or overlap.</summary>
    public IEnumerable<TextRange> Split(string text, PageBlock block)
    {
        if (IsWithinLimit(text.AsSpan(block.Start, block.Length))) return [new(block.Start, block.Length, "")];
        var blockText = text.Substring(block.Start, block.Length);
        var boundaries = block.Kind == BlockKind.Paragraph ? Sentences.FindEnds(blockText) : FindLineEnds(blockText);
        return SplitAt(text, block, [.. boundaries], GetLead(blockText, block.Kind));
    }

    private bool IsWithinLimit(ReadOnlySpan<char> text) => tokenizer.CountTokens(text) <= maxTokens;

    private IEnumerable<TextRange> SplitAt(string text, PageBlock block, List<int> ends, string lead)
    {
        var start = 0;
        foreach (var end in ends)
        {
            var first = start == 0;
            foreach (var (at, length) in SplitAnywhere(text, block.Start + start, end - start))
            {
                yield return new(at, length, first ? "" : lead);
                first = false;
            }
            start = end;
        }
    }

    // A line or sentence that is too long is split between words, a word that is too long between letters.
    private IEnumerable<(int Start, int Length)> SplitAnywhere(string text, int start, int length)
    {
        while (length > 0 && !IsWithinLimit(text.AsSpan(start, length)))
        {
            tokenizer.EncodeToIds(text.AsSpan(start, length), Math.Max(1, maxTokens / 2), out var taken);
            taken = Math.Max(taken, char.IsHighSurrogate(text[start]) ? 2 : 1);
            var space = text.AsSpan(start, taken).LastIndexOf(' ');
            if (space > 0) taken = space + 1;
            yield return (start, taken);
            (start, length) = (start + taken, length - taken);
        }
        if (length > 0) yield return (start, length);
    }

    private static IEnumerable<int> FindLineEnds(string text)
    {
        for (var at = 0; at < text.Length;)
        {
            var end = text.IndexOf('\n', at) is >= 0 and var found ? found + 1 : text.Length;
            while (end < text.Length && text[end] == '\n') end++;
            yield return end;
            at = end;
        }
    }

    // The header of a table is its first line and the rule below it; a code block is reopened with its fence.
    private string GetLead(string text, BlockKind kind)
    {
        var lines = text.Split('\n');
        var lead = kind switch
        {
            BlockKind.Table when lines.Length > 2 && lines[1].StartsWith("| ---", StringComparison.Ordinal) =>
                $"{lines[0]}\n{lines[1]}\n",
            BlockKind.Code => $"{lines[0]}\n",
            _ => "",
        };
        return tokenizer.CountTokens(lead) <= maxTokens / 3 ? lead : "";
    }
}
