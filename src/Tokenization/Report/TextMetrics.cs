using System.Text;

namespace TurkishLlm.Tokenization.Report;

/// <summary>Statistics of a tokenizer on a text.</summary>
/// <param name="Name">Name of the text, such as the name of its file.</param>
/// <param name="Bytes">Length in UTF-8.</param>
/// <param name="Words">Number of words: runs of characters that are not white space.</param>
/// <param name="Tokens">Number of tokens.</param>
/// <param name="PartialCharacterTokens">
/// Number of tokens that are one byte of a multi-byte character, because no merge applies.
/// </param>
/// <param name="Suffixes">Number of suffixes after an apostrophe, such as <c>'nin</c> in <c>TBMM'nin</c>.</param>
/// <param name="WholeSuffixes">Number of suffixes that are one token together with the apostrophe.</param>
public sealed record TextMetrics(
    string Name, long Bytes, long Words, long Tokens, long PartialCharacterTokens, long Suffixes, long WholeSuffixes)
{
    /// <summary>UTF-8 bytes per token.</summary>
    public double BytesPerToken => (double)Bytes / Tokens;

    /// <summary>Tokens per word.</summary>
    public double TokensPerWord => (double)Tokens / Words;

    /// <summary>Bytes per word, which is tokens per word if every byte were a token: the upper bound.</summary>
    public double BytesPerWord => (double)Bytes / Words;

    /// <summary>Fraction of the suffixes after an apostrophe that are one token, or NaN.</summary>
    public double WholeSuffixShare => (double)WholeSuffixes / Suffixes;

    /// <summary>Fraction of the tokens that are part of a character.</summary>
    public double PartialCharacterShare => (double)PartialCharacterTokens / Tokens;

    /// <summary>Measures a text.</summary>
    /// <param name="tokenizer">The tokenizer.</param>
    /// <param name="name">Name of the text.</param>
    /// <param name="documents">The documents of the text.</param>
    public static TextMetrics Measure(Tokenizer tokenizer, string name, IEnumerable<string> documents)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentNullException.ThrowIfNull(documents);
        var sum = new TextMetrics(name, 0, 0, 0, 0, 0, 0);
        var ids = new List<int>();
        foreach (var document in documents)
        {
            ids.Clear();
            tokenizer.EncodeToIds(document, ids);
            var (suffixes, whole) = CountSuffixes(tokenizer, document, ids);
            sum += new TextMetrics(
                name, Encoding.UTF8.GetByteCount(document), CountWords(document), ids.Count,
                ids.Count(id => id is >= VocabularyLayout.FirstByte + 0x80 and < VocabularyLayout.FirstMerge), suffixes, whole);
        }
        return sum;
    }

    /// <summary>Adds the statistics of two texts; the result has the name of the first.</summary>
    public static TextMetrics operator +(TextMetrics first, TextMetrics second)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        return new(
            first.Name,
            first.Bytes + second.Bytes, first.Words + second.Words, first.Tokens + second.Tokens,
            first.PartialCharacterTokens + second.PartialCharacterTokens,
            first.Suffixes + second.Suffixes, first.WholeSuffixes + second.WholeSuffixes);
    }

    /// <inheritdoc cref="op_Addition"/>
    public static TextMetrics Add(TextMetrics left, TextMetrics right) => left + right;

    private static long CountWords(string text)
    {
        var (words, inside) = (0L, false);
        foreach (var c in text)
        {
            if (!char.IsWhiteSpace(c) && !inside) words++;
            inside = !char.IsWhiteSpace(c);
        }
        return words;
    }

    // Only after a letter or a digit: elsewhere an apostrophe opens a quotation. A suffix is whole if one token begins and ends
    // with it, regardless of the split rule.
    private static (long Suffixes, long Whole) CountSuffixes(Tokenizer tokenizer, string text, List<int> ids)
    {
        var (suffixes, whole) = (0L, 0L);
        var spans = new TokenSpans(text);
        var next = 0;
        for (var preTokens = SplitRule.Turkish.Split(text); preTokens.MoveNext();)
        {
            if (
                preTokens.Start == 0
                || preTokens.Current is not ['\'' or '’', _, ..]
                || !char.IsLetterOrDigit(text[preTokens.Start - 1])
                || !char.IsLetter(preTokens.Current[1]))
                continue;
            suffixes++;
            while (spans.Position < preTokens.Start) spans.Advance(tokenizer.GetBytes(ids[next++]).Length);
            if (spans.Position > preTokens.Start || !spans.IsBetweenCharacters) continue;
            spans.Advance(tokenizer.GetBytes(ids[next++]).Length);
            if (spans.Position == preTokens.Start + preTokens.Current.Length) whole++;
        }
        return (suffixes, whole);
    }
}
