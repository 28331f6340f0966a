namespace TurkishLlm.Spec.Oracles;

/// <summary>
/// The split rules as regular expressions over code points, copied from llama.cpp and published tokenizers and, for
/// <c>turkish</c>, from the first tokenizers of this project: independent of what the code states.
/// </summary>
/// <remarks>Source: llama.cpp, <c>src/llama-vocab.cpp</c>, <c>llm_tokenizer_bpe</c>.</remarks>
public static class SplitPatterns
{
    // .NET does not take ſ for an s, as engines do that fold the case of all of Unicode.
    private const string AnyContraction = "(?:'[sSſ]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])";

    private const string PublishedWord =
        @"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+"
        + @"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*";

    /// <summary>The expression of each rule, by its name.</summary>
    public static IReadOnlyDictionary<string, string> All { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["turkish"] =
            @"['’]\p{L}[\p{L}\p{M}]*| ?\p{L}[\p{L}\p{M}]*| ?\p{N}{1,3}"
            + @"| ?[^\t-\r\p{Z}\p{L}\p{N}](?:(?!['’]\p{L})[^\t-\r\p{Z}\p{L}\p{N}])*"
            + @"|[\t-\r\p{Z}]*[\r\n]+|[\t-\r\p{Z}]+(?![^\t-\r\p{Z}])|[\t-\r\p{Z}]+",
        ["tekken"] =
            @"[^\r\n\p{L}\p{N}]?((?=[\p{L}])([^a-z]))*((?=[\p{L}])([^A-Z]))+"
            + @"|[^\r\n\p{L}\p{N}]?((?=[\p{L}])([^a-z]))+((?=[\p{L}])([^A-Z]))*"
            + @"|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+",
        ["llama-bpe"] =
            @"(?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}"
            + @"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
        ["gpt-4o"] =
            @"[^\r\n\p{L}\p{N}]?((?=[\p{L}])([^a-z]))*((?=[\p{L}])([^A-Z]))+"
            + @"(?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])?"
            + @"|[^\r\n\p{L}\p{N}]?((?=[\p{L}])([^a-z]))+((?=[\p{L}])([^A-Z]))*"
            + @"(?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])?"
            + @"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+",
        ["qwen2"] =
            @"(?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}"
            + @"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
        ["gpt-2"] = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+",
        ["tekken-published"] = PublishedWord + @"|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+",
        ["llama-bpe-published"] = AnyContraction + @"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}"
            + @"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
        ["gpt-4o-published"] = PublishedWord.Replace("|", AnyContraction + "?|", StringComparison.Ordinal) + AnyContraction
            + @"?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+",
        ["qwen2-published"] = AnyContraction + @"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}"
            + @"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
        ["bloom"] = @" ?[^(\s|.,!?…。，、।۔،)]+",
    };

    /// <summary>Rules by which a pre-token that is a token becomes that token without merging.</summary>
    public static IReadOnlySet<string> IgnoringMerges { get; } =
        new HashSet<string>(StringComparer.Ordinal) 
        {
            "tekken", "llama-bpe", "tekken-published", "llama-bpe-published",
        };
}
