namespace TurkishLlm.Tools.Mutation.Catalogue;

internal static class TokenizerMutations
{
    private const string Tokenizer = "src/Tokenization/Tokenizer.cs", Encoder = "src/Tokenization/PreTokenEncoder.cs", Splitter = "src/Tokenization/PreTokenizer.cs";

    // The beginning of the one way from text to ids.
    private const string Begin = "ArgumentNullException.ThrowIfNull(destination);";

    public static IReadOnlyList<Mutation> All { get; } =
    [
        new("text-is-lower-cased", ["TOK-01"], Tokenizer, Begin, """text = text.ToString().ToLowerInvariant();""",
            "Text is lower-cased before it is encoded."),
        new("accents-are-stripped", ["TOK-01"], Tokenizer, Begin, """text = text.ToString().Replace('ş', 's').Replace('ç', 'c').Replace('ğ', 'g');""",
            "Letters lose their marks before they are encoded."),
        new("dotted-i-gets-a-combining-dot", ["TOK-02"], "src/Tokenization/TurkishCase.cs", """.Replace('İ', 'i')""", """.Replace("İ", "i\u0307", StringComparison.Ordinal)""",
            "İ is lower-cased to i and a combining dot."),
        new("casing-by-culture", ["TOK-03"], "src/Tokenization/TurkishCase.cs", """
            .Replace('I', 'ı')
            .ToLowerInvariant();
            """.Indent(12), ".ToLower(System.Globalization.CultureInfo.CurrentCulture);",
            "Lower case is that of the machine's culture."),
        new("no-composition", ["TOK-05"], "src/Tokenization/TextNormalizer.cs", "CanonicalComposition.Compose(text);", "text;",
            "Decomposed letters stay decomposed."),
        new("marks-are-not-ordered", ["TOK-05"], "src/Tokenization/CanonicalComposition.cs", "        ReorderMarks(characters);", "",
            "Combining marks are joined in the order in which they were typed."),
        new("ligatures-are-unfolded", ["TOK-06"], Tokenizer, Begin, """text = text.ToString().Replace("ﬁ", "fi", StringComparison.Ordinal).Replace("½", "1/2", StringComparison.Ordinal);""",
            "Compatibility characters are rewritten."),
        new("spaces-collapse", ["TOK-07"], Tokenizer, Begin, """text = text.ToString().Replace("  ", " ", StringComparison.Ordinal);""",
            "Two spaces become one."),
        new("line-ends-are-made-unix", ["TOK-07"], Tokenizer, Begin, """text = text.ToString().Replace("\r\n", "\n", StringComparison.Ordinal);""",
            "CR LF becomes LF."),
        new("prefix-space", ["TOK-07"], Tokenizer, Begin, """text = text.Length > 0 && text[0] != ' ' ? " " + text.ToString() : text;""",
            "A space is put before the text."),
        new("unseen-letters-are-question-marks", ["TOK-08"], Encoder, "var length = Encoding.UTF8.GetBytes(preToken, bytes);", "var length = Encoding.ASCII.GetBytes(preToken, bytes);",
            "Letters outside ASCII become question marks."),
        new("leading-spaces-vanish", ["TOK-09"], Tokenizer, "var ids = encoder.Encode(preToken);", "var ids = encoder.Encode(preToken.TrimStart(' '));",
            "Words are glued together."),
        new("curly-apostrophe-is-punctuation", ["TOK-10"], Splitter, """text[at] is '\'' or '’'""", """text[at] is '\''""",
            "A suffix behind a curly apostrophe is not a piece of its own."),
        new("four-digits-a-piece", ["TOK-10"], Splitter, "digits < 3", "digits < 4",
            "Numbers are cut into other pieces than tokenizer.json says."),
        new("marks-end-words", ["TOK-10"], Splitter, "is Kind.Letter or Kind.Mark) at += width;", "is Kind.Letter) at += width;",
            "A combining mark ends a word."),
        new("first-pair-merges-first", ["TOK-11"], Encoder, "if (results[i] < earliest) (at, earliest)", "if (results[i] != MergeTable.NoMerge && earliest == MergeTable.NoMerge) (at, earliest)",
            "The leftmost pair merges, not the one learned earliest."),
        new("long-pieces-forget-the-left", ["TOK-11"], Encoder, "            if (before[at] >= 0) Offer(ids, before[at], at);", "",
            "In long pieces a new token never joins the one before it."),
        new("special-names-are-special-tokens", ["TOK-12"], Tokenizer, Begin, """
            if (text.IndexOf(SpecialTokens.Names[SpecialTokens.EndOfText], StringComparison.Ordinal) is var named and >= 0)
            {
                EncodeToIds(text[..named], destination);
                destination.Add(SpecialTokens.EndOfText);
                text = text[(named + SpecialTokens.Names[SpecialTokens.EndOfText].Length)..];
            }
            """, "The name of the end-of-text token inside a text ends it."),
        new("zero-is-no-stop-id", ["TOK-13"], "src/Inference/Generation/TextGenerator.cs", "if (options.StopIds.Contains(next)) yield break;", "if (next > 0 && options.StopIds.Contains(next)) yield break;",
            "A stop token whose id is 0 counts as not set."),
        new("tokenizers-compared-by-length-of-hash", ["TOK-17"], "src/Data/Batches/TokenDataset.cs", "if (hash != Manifest.TokenizerHash)", "if (hash.Length != Manifest.TokenizerHash.Length)",
            "Shards of any other tokenizer are taken."),
        new("recipe-without-tokenizer", ["TOK-17"], "src/Data/Corpus/Recipe.cs", """        ("tokenizer", tokenizer),""", """        ("tokenizer", tokenizer.Length.ToString(CultureInfo.InvariantCulture)),""",
            "Prepared data is used again after the tokenizer has changed."),
        new("piece-cache-by-length", [], "src/Tokenization/PreTokenCache.cs", "preToken.SequenceEqual(entry.PreToken[..entry.Length])", "preToken.Length == entry.Length",
            "A piece is found in the cache by its length and slot alone."),
        new("special-tokens-decode-to-nothing", ["TOK-18"], Tokenizer, "foreach (var id in ids) bytes.AddRange(GetBytes(id));", "foreach (var id in ids.Where(id => id >= SpecialTokens.Count)) bytes.AddRange(GetBytes(id));",
            "Decoding leaves special tokens out."),
        new("each-id-is-decoded-alone", [], "src/Tokenization/StreamingDecoder.cs", "Decode(tokenizer.GetBytes(id), flush: false)", "Decode(tokenizer.GetBytes(id), flush: true)",
            "Letters of two tokens break when they are streamed."),
        new("ties-by-the-higher-id", [], "src/Tokenization/PairTable.cs", "Left != other.Left ? Left.CompareTo(other.Left)", "Left != other.Left ? other.Left.CompareTo(Left)",
            "Of equally frequent pairs the later one is learned first."),
        new("counts-of-32-bits", [], "src/Tokenization/PairTable.cs", "        pair.Count += count;", "        pair.Count = (int)(pair.Count + count);",
            "A pair that occurs more than 2³¹ times has a negative count."),
        new("counts-of-parts-are-lost", [], "src/Tokenization/SortedCounts.cs", "count += same.Current.Value;", "count = same.Current.Value;",
            "Of a piece that several parts counted only one count is taken."),
        new("cut-inside-a-letter", [], Tokenizer, "while (tokenCount > maxTokenCount || !spans.IsBetweenCharacters)", "while (tokenCount > maxTokenCount)",
            "A text is cut inside a letter."),
    ];
}
