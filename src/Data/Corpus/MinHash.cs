using System.Numerics;
using System.Runtime.InteropServices;

namespace TurkishLlm.Data.Corpus;

/// <summary>Sketches of documents that tell how similar they are without a look at their texts.</summary>
/// <remarks>
/// The similarity of two documents is the Jaccard similarity of their sets of <see cref="ShingleWords"/> consecutive words
/// (case and punctuation do not count; a shorter document is one shingle). A signature keeps, for each of
/// <see cref="SignatureLength"/> hash functions, 16 bits of the smallest hash of the set: two signatures agree in a place with a
/// probability equal to the similarity. Their share of equal places has a standard deviation of at most 0.5 / √Length = 0.044.
/// Source: Broder 1997, "On the resemblance and containment of documents"; Li and König 2010, b-bit minwise hashing.
/// Spec: DAT-40, DAT-43.
/// </remarks>
public static class MinHash
{
    /// <summary>Words of a shingle.</summary>
    public const int ShingleWords = 5;

    /// <summary>Places of a signature; it is 256 bytes.</summary>
    public const int SignatureLength = 128;

    /// <summary>Signatures that agree in all places of a band are compared; no others are.</summary>
    internal const int Bands = 16;

    private const ulong Base = 0x9E3779B97F4A7C15;

    private static readonly uint[] Factors = CreateConstants(seed: 1, odd: true), Offsets = CreateConstants(seed: 2, odd: false);

    /// <summary>The signature of a text, <c>[Length]</c>.</summary>
    public static ushort[] ComputeSignature(ReadOnlySpan<char> text)
    {
        var signature = new ushort[SignatureLength];
        ComputeSignature(text, signature);
        return signature;
    }

    /// <summary>Estimates the similarity of two documents: the share of places in which their signatures agree.</summary>
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
        for (var i = 0; i < SignatureLength; i++) signature[i] = (ushort)((smallest[i] * 0x9E3779B1) >> 16);
    }

    internal static ulong ComputeBandKey(ReadOnlySpan<ushort> signature, int band)
    {
        var parts = MemoryMarshal.Cast<ushort, ulong>(signature.Slice(band * (SignatureLength / Bands), SignatureLength / Bands));
        return Mix(Mix(parts[0] + (ulong)band) ^ parts[1]);
    }

    // Of x·a + b modulo 2^32 the high bits are well mixed, and it is the high bits that decide which hash is smallest.
    private static void UpdateMinimums(Span<uint> smallest, ulong shingle)
    {
        var hash = new Vector<uint>((uint)(shingle >> 32));
        for (var i = 0; i < SignatureLength; i += Vector<uint>.Count)
        {
            var hashes = hash * new Vector<uint>(Factors, i) + new Vector<uint>(Offsets, i);
            Vector.Min(hashes, new Vector<uint>(smallest[i..])).CopyTo(smallest[i..]);
        }
    }

    /// <summary>A one-to-one function whose every bit depends on all bits of its argument (SplitMix64).</summary>
    internal static ulong Mix(ulong x)
    {
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
        x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
        return x ^ (x >> 31);
    }

    private static ulong ComputeTextHash(ReadOnlySpan<char> text)
    {
        var hash = 0UL;
        foreach (var c in text) hash = Mix(hash ^ c);
        return hash;
    }

    private static uint[] CreateConstants(ulong seed, bool odd) =>
        [.. Enumerable.Range(0, SignatureLength).Select(i => (uint)(Mix(seed * Base + (ulong)i * 0xD1342543DE82EF95) >> 32) | (odd ? 1u : 0u))];
}
