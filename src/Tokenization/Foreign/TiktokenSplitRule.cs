namespace TurkishLlm.Tokenization.Foreign;

/// <summary>The split rules of the public encodings of tiktoken; their files hold tokens only.</summary>
/// <remarks>
/// Source: tiktoken, openai_public.py. Possessive quantifiers are written as plain ones: where one of these rules stops, giving
/// back characters would match nothing else.
/// </remarks>
public static class TiktokenSplitRule
{
    private const string Cl100k =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    private const string O200k =
        @"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
        + @"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
        + @"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    private static readonly Dictionary<string, string> Rules = new(StringComparer.Ordinal)
    {
        ["gpt2"] = SplitStep.Gpt2, ["r50k_base"] = SplitStep.Gpt2, ["p50k_base"] = SplitStep.Gpt2,
        ["cl100k_base"] = Cl100k, ["o200k_base"] = O200k,
    };

    /// <summary>The names of the encodings.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Rules.Keys];

    /// <summary>Returns the regular expression of an encoding, or null if the name is not known.</summary>
    public static string? Find(string name) => Rules.GetValueOrDefault(name);
}
