using System.Runtime.InteropServices;

namespace TurkishLlm.Data.Corpus;

/// <summary>What the work folder knows of a document besides its tokens: 28 bytes.</summary>
/// <param name="Hash">Its identity, see <see cref="DocumentHash"/>.</param>
/// <param name="Tokens">Number of its tokens, begin and end not counted.</param>
/// <param name="Bytes">Bytes of its text.</param>
/// <param name="NGramCount">Number of its sampled runs of words, see <see cref="ValidationNGrams"/>.</param>
[StructLayout(LayoutKind.Sequential, Pack = 4)]
internal readonly record struct StagedDocument(UInt128 Hash, int Tokens, int Bytes, int NGramCount)
{
    /// <summary>Orders the documents of a source at random: caps and weights keep the first.</summary>
    public ulong ComputePriority(long seed) => MinHash.Mix((ulong)Hash ^ MinHash.Mix((ulong)seed + 0x9E3779B97F4A7C15));
}
