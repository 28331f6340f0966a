using System.Runtime.InteropServices;
using TurkishLlm.Data.Batches;

namespace TurkishLlm.Data.Corpus;

/// <summary>The 28 bytes that the work folder stores per document in addition to its tokens.</summary>
/// <param name="Hash">Its hash, see <see cref="DocumentHash"/>.</param>
/// <param name="Tokens">Number of its tokens, without begin and end.</param>
/// <param name="Bytes">Bytes of its text.</param>
/// <param name="NGramCount">Number of its sampled n-grams, see <see cref="ValidationNGrams"/>.</param>
[StructLayout(LayoutKind.Sequential, Pack = 4)]
internal readonly record struct StagedDocument(UInt128 Hash, int Tokens, int Bytes, int NGramCount)
{
    /// <summary>Returns the pseudo-random priority of the document within its source; caps and weights keep the lowest.</summary>
    public ulong ComputePriority(long seed) =>
        SplitMix64.Mix((ulong)Hash ^ SplitMix64.Mix((ulong)seed + SplitMix64.Increment));
}
