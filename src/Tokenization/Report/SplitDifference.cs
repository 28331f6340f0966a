namespace TurkishLlm.Tokenization.Report;

/// <summary>
/// How much of a text gets other tokens when a program applies another split rule to the same vocabulary, as llama.cpp does with
/// a tokenizer that was trained by a rule it does not have.
/// <code>
/// var difference = SplitDifference.Measure(tokenizer, tokenizer.Split.NearestLlamaCpp, documents);
/// Console.WriteLine($"{difference.WordShare:P1} of {difference.Words} words");
/// </code>
/// </summary>
/// <param name="Lines">Number of lines that are not empty.</param>
/// <param name="DifferentLines">Number of lines in which a word differs.</param>
/// <param name="Words">Number of words: runs of characters that are not white space.</param>
/// <param name="DifferentWords">Number of words with a token that is not at the same place by the other rule.</param>
/// <param name="Tokens">Number of tokens by the rule of the tokenizer.</param>
/// <param name="DifferentTokens">Number of those that are not at the same place by the other rule.</param>
/// <param name="OtherTokens">Number of tokens by the other rule.</param>
public sealed record SplitDifference(
    long Lines, long DifferentLines, long Words, long DifferentWords, long Tokens, long DifferentTokens, long OtherTokens)
{
    /// <summary>Fraction of the lines that differ.</summary>
    public double LineShare => (double)DifferentLines / Lines;

    /// <summary>Fraction of the words that differ.</summary>
    public double WordShare => (double)DifferentWords / Words;

    /// <summary>Fraction of the tokens that differ.</summary>
    public double TokenShare => (double)DifferentTokens / Tokens;

    /// <summary>Measures another rule on texts.</summary>
    /// <param name="tokenizer">The tokenizer.</param>
    /// <param name="other">The rule to compare with that of the tokenizer.</param>
    /// <param name="documents">The texts.</param>
    public static SplitDifference Measure(Tokenizer tokenizer, SplitRule other, IEnumerable<string> documents)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        var applied = tokenizer.WithSplit(other);
        return Measure(tokenizer, document => applied.EncodeToIds(document), documents);
    }

    /// <summary>Measures the ids that another program gives to texts.</summary>
    /// <param name="tokenizer">The tokenizer.</param>
    /// <param name="encode">Returns the ids of a text; decoded, they must be the text.</param>
    /// <param name="documents">The texts.</param>
    public static SplitDifference Measure(
        Tokenizer tokenizer, Func<string, IReadOnlyList<int>> encode, IEnumerable<string> documents)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentNullException.ThrowIfNull(encode);
        ArgumentNullException.ThrowIfNull(documents);
        var sum = new SplitDifference(0, 0, 0, 0, 0, 0, 0);
        foreach (var document in documents)
        {
            var (ids, others) = (tokenizer.EncodeToIds(document), encode(document));
            var differs = FindDifferences(tokenizer, document, ids, others, out var tokens);
            sum = sum.Add(document, differs, ids.Count, tokens, others.Count);
        }
        return sum;
    }

    private SplitDifference Add(string text, bool[] differs, int tokens, int differentTokens, int otherTokens)
    {
        var (lines, differentLines, words, differentWords) = (Lines, DifferentLines, Words, DifferentWords);
        var (inLine, inWord, lineDiffers, wordDiffers) = (false, false, false, false);
        for (var i = 0; i <= text.Length; i++)
        {
            var space = i == text.Length || char.IsWhiteSpace(text[i]);
            if (!space)
            {
                if (!inWord) wordDiffers = false;
                (inWord, inLine) = (true, true);
                wordDiffers |= differs[i];
                continue;
            }
            if (inWord) words++;
            if (inWord && wordDiffers) differentWords++;
            lineDiffers |= inWord && wordDiffers;
            inWord = false;
            if (i < text.Length && text[i] != '\n') continue;
            if (inLine) lines++;
            if (lineDiffers) differentLines++;
            (inLine, lineDiffers) = (false, false);
        }
        return new(
            lines, differentLines, words, differentWords, Tokens + tokens, DifferentTokens + differentTokens,
            OtherTokens + otherTokens);
    }

    // For each character, whether a token that covers it is not at the same place in the other list.
    private static bool[] FindDifferences(
        Tokenizer tokenizer, string text, IReadOnlyList<int> ids, IReadOnlyList<int> others, out int differentTokens)
    {
        var differs = new bool[text.Length];
        var spans = new TokenSpans(text);
        var otherSpans = new TokenSpans(text);
        differentTokens = 0;
        for (int i = 0, other = 0, at = 0, otherAt = 0; i < ids.Count || other < others.Count;)
        {
            var (length, otherLength) = (GetLength(tokenizer, ids, i), GetLength(tokenizer, others, other));
            var same = at == otherAt && length == otherLength;
            var takesFirst = same || at + length <= otherAt + otherLength;
            var takesOther = same || otherAt + otherLength <= at + length;
            if (takesFirst && i < ids.Count)
            {
                Mark(spans.Advance(length), same);
                if (!same) differentTokens++;
                (at, i) = (at + length, i + 1);
            }
            if (takesOther && other < others.Count)
            {
                Mark(otherSpans.Advance(otherLength), same);
                (otherAt, other) = (otherAt + otherLength, other + 1);
            }
        }
        return differs;

        void Mark((int Start, int Length) span, bool same)
        {
            if (!same) differs.AsSpan(span.Start, span.Length).Fill(true);
        }
    }

    private static int GetLength(Tokenizer tokenizer, IReadOnlyList<int> ids, int index) =>
        index < ids.Count ? tokenizer.GetBytes(ids[index]).Length : 0;
}
