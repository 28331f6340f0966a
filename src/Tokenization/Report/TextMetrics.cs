using System.Text;
using TurkishLlm.Tokenization.Foreign;

namespace TurkishLlm.Tokenization.Report;

/// <summary>Statistics of a tokenizer on a text.</summary>
/// <param name="Name">Name of the text, such as the name of its file.</param>
/// <param name="Bytes">Length in UTF-8.</param>
/// <param name="Words">Number of words: runs of characters that are not white space.</param>
/// <param name="Tokens">Number of tokens.</param>
/// <param name="PartialCharacterTokens">
/// Number of tokens that are one byte of a multi-byte character, because no merge applies; null for a tokenizer of another
/// project.
/// </param>
/// <param name="Suffixes">Number of suffixes after an apostrophe, such as <c>'nin</c> in <c>TBMM'nin</c>.</param>
/// <param name="WholeSuffixes">Number of suffixes that are one token together with the apostrophe.</param>
public sealed record TextMetrics(
    string Name, long Bytes, long Words, long Tokens, long? PartialCharacterTokens, long Suffixes, long WholeSuffixes)
{
    /// <summary>UTF-8 bytes per token.</summary>
    public double BytesPerToken => (double)Bytes / Tokens;

    /// <summary>Tokens per word.</summary>
    public double TokensPerWord => (double)Tokens / Words;

    /// <summary>Bytes per word, which is tokens per word if every byte were a token: the upper bound.</summary>
    public double BytesPerWord => (double)Bytes / Words;

    /// <summary>Fraction of the suffixes after an apostrophe that are one token, or NaN.</summary>
    public double WholeSuffixShare => (double)WholeSuffixes / Suffixes;

    /// <summary>Fraction of the tokens that are part of a character, or NaN.</summary>
    public double PartialCharacterShare => (double?)PartialCharacterTokens / Tokens ?? double.NaN;

    /// <summary>Measures a text.</summary>
    /// <param name="tokenizer">The tokenizer.</param>
    /// <param name="name">Name of the text.</param>
    /// <param name="documents">The documents of the text.</param>
    public static TextMetrics Measure(LoadedTokenizer tokenizer, string name, IEnumerable<string> documents)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentNullException.ThrowIfNull(documents);
        var sum = new TextMetrics(name, 0, 0, 0, tokenizer.Own is null ? null : 0, 0, 0);
        foreach (var document in documents) sum += MeasureDocument(tokenizer, name, document);
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

    private static TextMetrics MeasureDocument(LoadedTokenizer tokenizer, string name, string document)
    {
        var tokens = tokenizer.Encoder.EncodeToTokens(document, out var normalized);
        var offsets = tokens.Select(token => token.Offset).ToHashSet();
        var suffixes = FindSuffixes(normalized ?? document);
        return new TextMetrics(
            name, Encoding.UTF8.GetByteCount(document), CountWords(document), tokens.Count,
            tokenizer.Own is null
                ? null
                : tokens.Count(token => token.Id is >= VocabularyLayout.FirstByte + 0x80 and < VocabularyLayout.FirstMerge),
            suffixes.Count, suffixes.Count(offsets.Contains));
    }

    // Only after a letter or a digit: elsewhere an apostrophe opens a quotation.
    private static List<Range> FindSuffixes(string text)
    {
        var suffixes = new List<Range>();
        for (var preTokens = SplitRule.Turkish.Split(text); preTokens.MoveNext();)
            if (preTokens.Start > 0
                && preTokens.Current is ['\'' or '’', var letter, ..]
                && char.IsLetterOrDigit(text[preTokens.Start - 1])
                && char.IsLetter(letter))
                suffixes.Add(preTokens.Start..(preTokens.Start + preTokens.Current.Length));
        return suffixes;
    }
}
