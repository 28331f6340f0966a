using System.Numerics;
using System.Runtime.InteropServices;
using TurkishLlm.Data.Batches;

namespace TurkishLlm.Data.Corpus;

/// <summary>MinHash signatures of documents, from which the similarity of documents is estimated without their texts.</summary>
/// <remarks>
/// The similarity of two documents is the Jaccard similarity of their sets of <see cref="ShingleWords"/> consecutive words (case
/// and punctuation are ignored; a shorter document is one shingle). A signature keeps, for each of <see cref="SignatureLength"/>
/// hash functions, 16 bits of the smallest hash of the set: the probability that two signatures agree at a position equals the
/// similarity. The standard deviation of the fraction of equal positions is at most 0.5 / √Length = 0.044. Source: Broder 1997,
/// "On the resemblance and containment of documents"; Li and König 2010, b-bit minwise hashing. Spec: DAT-40, DAT-43.
/// </remarks>
public static class MinHash
{
    /// <summary>Number of words of a shingle.</summary>
    public const int ShingleWords = 5;

    /// <summary>Number of positions of a signature, which has 256 bytes.</summary>
    public const int SignatureLength = 128;

    /// <summary>Number of bands of a signature. Only documents with signatures that agree in a whole band are compared.</summary>
    internal const int Bands = 16;

    private static readonly uint[] Factors = CreateConstants(seed: 1, odd: true), Offsets = CreateConstants(seed: 2, odd: false);

    /// <summary>Computes the signature of a text, <c>[Length]</c>.</summary>
    public static ushort[] ComputeSignature(ReadOnlySpan<char> text)
    {
        var signature = new ushort[SignatureLength];
        ComputeSignature(text, signature);
        return signature;
    }

    /// <summary>Estimates the similarity of two documents: the fraction of positions at which their signatures agree.</summary>
    public static double EstimateSimilarity(ReadOnlySpan<ushort> a, ReadOnlySpan<ushort> b)
    {
        var equal = 0;
        for (var i = 0; i < SignatureLength; i++)
            if (a[i] == b[i]) equal++;
        return (double)equal / SignatureLength;
    }

    internal static void ComputeSignature(ReadOnlySpan<char> text, Span<ushort> signature)
    {
        Span<uint> smallest = stackalloc uint[SignatureLength];
        smallest.Fill(uint.MaxValue);
        var shingles = new WordNGrams(text, stackalloc ulong[ShingleWords]);
        while (shingles.MoveNext()) UpdateMinimums(smallest, shingles.Hash);
        if (shingles.Count < ShingleWords) UpdateMinimums(smallest, shingles.Count > 0 ? shingles.Hash : ComputeTextHash(text));
        Shorten(smallest, signature);
    }

    internal static void ComputeSignature(ReadOnlySpan<ulong> shingles, Span<ushort> signature)
    {
        Span<uint> smallest = stackalloc uint[SignatureLength];
        smallest.Fill(uint.MaxValue);
        foreach (var shingle in shingles) UpdateMinimums(smallest, SplitMix64.Mix(shingle));
        Shorten(smallest, signature);
    }

    internal static ulong ComputeBandKey(ReadOnlySpan<ushort> signature, int band)
    {
        var parts = MemoryMarshal.Cast<ushort, ulong>(signature.Slice(band * (SignatureLength / Bands), SignatureLength / Bands));
        return SplitMix64.Mix(SplitMix64.Mix(parts[0] + (ulong)band) ^ parts[1]);
    }

    // The high bits of x·a + b modulo 2^32 are well mixed, and they decide which hash is the smallest.
    private static void UpdateMinimums(Span<uint> smallest, ulong shingle)
    {
        var hash = new Vector<uint>((uint)(shingle >> 32));
        for (var i = 0; i < SignatureLength; i += Vector<uint>.Count)
        {
            var hashes = hash * new Vector<uint>(Factors, i) + new Vector<uint>(Offsets, i);
            Vector.Min(hashes, new Vector<uint>(smallest[i..])).CopyTo(smallest[i..]);
        }
    }

    private static void Shorten(ReadOnlySpan<uint> smallest, Span<ushort> signature)
    {
        for (var i = 0; i < SignatureLength; i++) signature[i] = (ushort)((smallest[i] * 0x9E3779B1) >> 16);
    }

    private static ulong ComputeTextHash(ReadOnlySpan<char> text)
    {
        var hash = 0UL;
        foreach (var c in text) hash = SplitMix64.Mix(hash ^ c);
        return hash;
    }

    private static uint[] CreateConstants(ulong seed, bool odd) =>
    [
        .. Enumerable.Range(0, SignatureLength)
            .Select(i => SplitMix64.Mix(seed * SplitMix64.Increment + (ulong)i * 0xD1342543DE82EF95))
            .Select(mixed => (uint)(mixed >> 32) | (odd ? 1u : 0u)),
    ];
}
