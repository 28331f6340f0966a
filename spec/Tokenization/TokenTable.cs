using TurkishLlm.Spec.Plans;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Spec.Tokenization;

/// <summary>The contents of a vocabulary: the bytes of each id, and the merges.</summary>
/// <param name="Bytes">Bytes by id.</param>
/// <param name="Merges">Pairs of ids in the order of learning.</param>
public sealed record TokenTable(IReadOnlyList<byte[]> Bytes, IReadOnlyList<(int Left, int Right)> Merges)
{
    /// <summary>The table of a tokenizer.</summary>
    public static TokenTable Of(Tokenizer tokenizer) =>
        new([.. Enumerable.Range(0, tokenizer.VocabularySize).Select(id => tokenizer.GetBytes(id).ToArray())], tokenizer.Merges);

    /// <summary>The same merges over rewritten bytes.</summary>
    public TokenTable Map(Func<byte[], byte[]> rewrite) => this with { Bytes = [.. Bytes.Select(rewrite)] };

    /// <summary>The same tokens, numbered by their spelling.</summary>
    public TokenTable Sorted() => this with { Bytes = [.. Bytes.OrderBy(Convert.ToHexString, StringComparer.Ordinal)] };

    /// <summary>The same tokens, the 256 bytes before the special ones.</summary>
    public TokenTable BytesFirst() => this with { Bytes = [.. Bytes.Skip(16).Take(256), .. Bytes.Take(16), .. Bytes.Skip(272)] };

    /// <summary>Bytes decode to themselves, merges to both their halves, and no two ids to the same bytes.</summary>
    public Verdict IsConsistent() => Verdict.All(
        Verdict.Equal(272 + Merges.Count, Bytes.Count, "ids"),
        Verdict.SameElements(
            [.. Enumerable.Range(0, 256).Select(b => b.ToString("X2", null))],
            [.. Bytes.Skip(16).Take(256).Select(Convert.ToHexString)], "byte"),
        Verdict.SameElements(
            [.. Merges.Select(m => Convert.ToHexString(Bytes[m.Left]) + Convert.ToHexString(Bytes[m.Right]))],
            [.. Bytes.Skip(272).Select(Convert.ToHexString)], "merge"),
        Verdict.Equal(
            Bytes.Count, Bytes.Select(Convert.ToHexString).Distinct(StringComparer.Ordinal).Count(), "different tokens"));
}
