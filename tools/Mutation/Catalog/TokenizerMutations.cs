namespace TurkishLlm.Tools.Mutation.Catalog;

internal static class TokenizerMutations
{
    private const string Tokenizer = "src/Tokenization/Tokenizer.cs",
        Encoder = "src/Tokenization/PreTokenEncoder.cs",
        Splitter = "src/Tokenization/SplitScanner.cs",
        MicrosoftsClass = "src/Tokenization/MLTokenizer.cs";

    // The beginning of the one way from text to ids.
    private const string Begin = "ArgumentNullException.ThrowIfNull(destination);";

    public static IReadOnlyList<Mutation> All { get; } =
    [
        new("text-is-lower-cased", ["BUG-TOK-01"], Tokenizer, Begin, """text = text.ToString().ToLowerInvariant();""",
            "Text is lower-cased before it is encoded."),
        new(
            "accents-are-stripped",
            ["BUG-TOK-01"],
            Tokenizer, Begin,
            """text = text.ToString().Replace('ş', 's').Replace('ç', 'c').Replace('ğ', 'g');""",
            "Letters lose their diacritics before they are encoded."),
        new(
            "dotted-i-gets-a-combining-dot",
            ["BUG-TOK-02"],
            "src/Tokenization/TurkishCase.cs", """.Replace('İ', 'i')""", """.Replace("İ", "i\u0307", StringComparison.Ordinal)""",
            "İ is lower-cased to i and a combining dot."),
        new("casing-by-culture", ["BUG-TOK-03"], "src/Tokenization/TurkishCase.cs", """
            .Replace('I', 'ı')
            .ToLowerInvariant();
            """.Indent(12), ".ToLower(System.Globalization.CultureInfo.CurrentCulture);",
            "Lower-casing uses the culture of the machine."),
        new(
            "no-composition",
            ["BUG-TOK-05"],
            "src/Tokenization/TextNormalizer.cs", "CanonicalComposition.Compose(text);", "text;",
            "Decomposed letters stay decomposed."),
        new(
            "marks-are-not-ordered",
            ["BUG-TOK-05"],
            "src/Tokenization/CanonicalComposition.cs", "        ReorderMarks(characters);", "",
            "Combining marks are joined in the order in which they were typed."),
        new(
            "ligatures-are-unfolded",
            ["BUG-TOK-06"],
            Tokenizer, Begin,
            """text = text.ToString().Replace("ﬁ", "fi", StringComparison.Ordinal).Replace("½", "1/2", StringComparison.Ordinal);""",
            "Compatibility characters are rewritten."),
        new(
            "spaces-collapse",
            ["BUG-TOK-07"],
            Tokenizer, Begin,
            """text = text.ToString().Replace("  ", " ", StringComparison.Ordinal);""",
            "Two spaces become one."),
        new(
            "line-ends-are-made-unix",
            ["BUG-TOK-07"],
            Tokenizer, Begin,
            """text = text.ToString().Replace("\r\n", "\n", StringComparison.Ordinal);""",
            "CR LF becomes LF."),
        new(
            "prefix-space",
            ["BUG-TOK-07"],
            Tokenizer, Begin,
            """text = text.Length > 0 && text[0] != ' ' ? " " + text.ToString() : text;""",
            "A space is added before the text."),
        new(
            "unseen-letters-are-question-marks",
            ["BUG-TOK-08"],
            Encoder,
            "var length = Encoding.UTF8.GetBytes(preToken, bytes);",
            "var length = Encoding.ASCII.GetBytes(preToken, bytes);",
            "Letters outside ASCII become question marks."),
        new(
            "leading-spaces-vanish",
            ["BUG-TOK-09"],
            Tokenizer,
            "var ids = encoder.Encode(preToken);",
            "var ids = encoder.Encode(preToken.TrimStart(' '));",
            "Spaces between words are lost."),
        new(
            "curly-apostrophe-is-punctuation",
            ["BUG-TOK-10"],
            "src/Tokenization/SplitRule.cs", """c is ' ' or '\'' or '’'""", """c is ' ' or '\''""",
            "A suffix after a curly apostrophe is not a separate pre-token."),
        new("four-digits-a-piece", ["BUG-TOK-10"], Splitter, "digits < _shape.MaxDigits", "digits <= _shape.MaxDigits",
            "Numbers are split differently than tokenizer.json says."),
        new(
            "marks-end-words",
            ["BUG-TOK-10"],
            Splitter, "& (Letter | Mark)) != 0) at += width;", "& Letter) != 0) at += width;",
            "A combining mark ends a word."),
        new(
            "first-pair-merges-first",
            ["BUG-TOK-11"],
            Encoder, "if (results[i] < earliest) (at, earliest)",
            "if (results[i] != MergeTable.NoMerge && earliest == MergeTable.NoMerge) (at, earliest)",
            "The leftmost pair merges, not the one learned earliest."),
        new(
            "long-pieces-forget-the-left",
            ["BUG-TOK-11"],
            Encoder, "            if (before[at] >= 0) Offer(ids, before[at], at);", "",
            "In long pre-tokens a new token never merges with the one before it."),
        new("special-names-are-special-tokens", ["BUG-TOK-12"], Tokenizer, Begin, """
            if (text.IndexOf(SpecialTokens.Names[SpecialTokens.EndOfText], StringComparison.Ordinal) is var named and >= 0)
            {
                EncodeToIds(text[..named], destination);
                destination.Add(SpecialTokens.EndOfText);
                text = text[(named + SpecialTokens.Names[SpecialTokens.EndOfText].Length)..];
            }
            """, "The name of the end-of-text token inside a text becomes that token."),
        new(
            "zero-is-no-stop-id",
            ["BUG-TOK-13"],
            "src/Inference/Generation/TextGenerator.cs", "if (options.StopIds.Contains(next)) yield break;",
            "if (next > 0 && options.StopIds.Contains(next)) yield break;",
            "A stop token with id 0 counts as not set."),
        new(
            "tokenizers-compared-by-length-of-hash",
            ["BUG-TOK-17"],
            "src/Data/Batches/TokenDataset.cs", "if (hash != Manifest.TokenizerHash)",
            "if (hash.Length != Manifest.TokenizerHash.Length)",
            "Shards of any other tokenizer are accepted."),
        new(
            "recipe-without-tokenizer",
            ["BUG-TOK-17"],
            "src/Data/Corpus/Recipe.cs", """        ("tokenizer", tokenizer),""",
            """        ("tokenizer", tokenizer.Length.ToString(CultureInfo.InvariantCulture)),""",
            "Prepared data is used again after the tokenizer has changed."),
        new(
            "piece-cache-by-length",
            [],
            "src/Tokenization/PreTokenCache.cs", "preToken.SequenceEqual(entry.PreToken[..entry.Length])",
            "preToken.Length == entry.Length",
            "A pre-token is found in the cache by its length and slot only."),
        new(
            "special-tokens-decode-to-nothing",
            ["BUG-TOK-18"],
            Tokenizer, "foreach (var id in ids) bytes.AddRange(GetBytes(id));",
            "foreach (var id in ids.Where(id => id >= SpecialTokens.Count)) bytes.AddRange(GetBytes(id));",
            "Decoding drops special tokens."),
        new(
            "each-id-is-decoded-alone",
            [],
            "src/Tokenization/StreamingDecoder.cs", "Decode(tokenizer.GetBytes(id), flush: false)",
            "Decode(tokenizer.GetBytes(id), flush: true)",
            "Letters of two tokens break when they are streamed."),
        new(
            "ties-by-the-higher-id",
            [],
            "src/Tokenization/PairTable.cs", "Left != other.Left ? Left.CompareTo(other.Left)",
            "Left != other.Left ? other.Left.CompareTo(Left)",
            "Among equally frequent pairs the later one is learned first."),
        new(
            "counts-of-32-bits",
            [],
            "src/Tokenization/PairTable.cs", "        pair.Count += count;",
            "        pair.Count = (int)(pair.Count + count);",
            "A pair that occurs more than 2³¹ times has a negative count."),
        new(
            "counts-of-parts-are-lost",
            [],
            "src/Tokenization/SortedCounts.cs", "count += same.Current.Value;",
            "count = same.Current.Value;",
            "A pre-token counted in several parts keeps only one of the counts."),
        new(
            "cut-inside-a-letter",
            [],
            Tokenizer, "while (tokenCount > maxTokenCount || !spans.IsBetweenCharacters)", "while (tokenCount > maxTokenCount)",
            "A text is cut inside a letter."),
        new(
            "counts-continue-after-they-are-spilled",
            ["BUG-TOK-19"],
            "src/Tokenization/PreTokenCounter.cs", "return new Dictionary<string, long>(StringComparer.Ordinal);",
            "return counts;",
            "Counts that were spilled to disk are counted again with the next documents."),
        new(
            "ml-net-limit-splits-a-character",
            [],
            MicrosoftsClass, "            if (spans.IsBetweenCharacters) (end, tokenCount)", "            (end, tokenCount)",
            "A limit of tokens ends within a character if the text is not split into pre-tokens."),
        new(
            "ml-net-ignores-pre-tokenization",
            [],
            MicrosoftsClass, "Tokens = ids[..count], CharsConsumed = index", "Tokens = Tokenizer.EncodeToIds(textSpan)",
            "Text is split into pre-tokens although the caller said not to."),
        new(
            "ml-net-decodes-parts-of-characters",
            [],
            MicrosoftsClass, "if (isBetweenCharacters) (idsConsumed, charsWritten)", "(idsConsumed, charsWritten)",
            "Decoding into a small destination stops within a character."),
        new(
            "ml-net-counts-from-the-start",
            [],
            MicrosoftsClass, "            return fromEnd\n", "            return !fromEnd\n",
            "Microsoft's class gives the end of the first tokens for the start of the last."),
        new(
            "counts-by-the-default-rule",
            ["BUG-TOK-10"],
            "src/Tokenization/PreTokenCounter.cs", "in split.Split(document))", "in SplitRule.Turkish.Split(document))",
            "Pre-tokens are counted by the default split rule, regardless of the rule of the tokenizer."),
        new(
            "loaded-by-the-default-rule",
            ["BUG-TOK-10"],
            "src/Tokenization/TokenizerReader.cs", "return new Tokenizer(split, merges, added);",
            "return new Tokenizer(merges, added);",
            "A loaded tokenizer encodes by the default split rule."),
        new(
            "cedillas-contract",
            ["BUG-TOK-10"],
            Splitter, "text[at + 1] == 'ſ'", "(text[at + 1] | 0x20) == 'ſ'",
            "By a published rule, ş after an apostrophe is an s as in English contractions."),
        new(
            "whole-tokens-are-merged",
            ["BUG-TOK-11"],
            Encoder, "is { } whole)", "is { } whole && whole < 0)",
            "A pre-token that is a token is merged by the rules that do not merge it."),
        new(
            "capitals-end-with-the-word",
            ["BUG-TOK-10"],
            Splitter, "return afterUncased > 0 ? afterUncased : at;", "return at;",
            "Capitals beyond ASCII do not end a word as they do in llama.cpp."),
    ];
}
