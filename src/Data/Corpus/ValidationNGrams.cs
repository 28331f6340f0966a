using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace TurkishLlm.Data.Corpus;

/// <summary>Estimates the fraction of a validation document that occurs in training documents, by word n-grams.</summary>
/// <remarks>
/// One in four n-grams is staged, selected by its hash and therefore the same in all documents. Fractions are estimated from
/// these: about 20 for a document of 90 words. Memory is bounded: with more than four million n-grams of validation documents, a
/// smaller sample is used. Source: Brown et al. 2020, arXiv:2005.14165, appendix C; Lee et al. 2022, arXiv:2107.06499 (validation
/// text in training data).
/// </remarks>
internal sealed class ValidationNGrams
{
    private const long MaxNGrams = 4 << 20;
    private const ulong Unsampled = 3;

    private readonly Dictionary<ulong, bool> _isInTraining = [];
    private readonly ulong _ignoredBits;      // n-grams with one of these bits in their hash are ignored

    /// <param name="nGramCount">Number of sampled n-grams of all validation documents.</param>
    public ValidationNGrams(long nGramCount)
    {
        for (_ignoredBits = Unsampled; nGramCount > MaxNGrams; nGramCount /= 2) _ignoredBits = _ignoredBits << 1 | 1;
    }

    /// <summary>Appends the sampled n-grams of a document to a list and returns their number.</summary>
    /// <param name="document">The text.</param>
    /// <param name="length">Number of words of an n-gram.</param>
    /// <param name="destination">Receives the hashes of the n-grams.</param>
    public static int Sample(ReadOnlySpan<char> document, int length, List<ulong> destination)
    {
        var before = destination.Count;
        for (var nGrams = new WordNGrams(document, stackalloc ulong[length]); nGrams.MoveNext();)
            if ((nGrams.Hash & Unsampled) == 0) destination.Add(nGrams.Hash);
        return destination.Count - before;
    }

    /// <summary>Adds the n-grams of a validation document.</summary>
    public void Add(ReadOnlySpan<ulong> nGrams)
    {
        foreach (var nGram in nGrams)
            if ((nGram & _ignoredBits) == 0) _isInTraining.TryAdd(nGram, false);
    }

    /// <summary>Marks the n-grams that occur in a training document.</summary>
    public void MarkInTraining(ReadOnlySpan<ulong> nGrams)
    {
        foreach (var nGram in nGrams)
        {
            if ((nGram & _ignoredBits) != 0) continue;
            ref var isInTraining = ref CollectionsMarshal.GetValueRefOrNullRef(_isInTraining, nGram);
            if (!Unsafe.IsNullRef(ref isInTraining)) isInTraining = true;
        }
    }

    /// <summary>
    /// Returns the fraction of the n-grams of a validation document that occur in training documents; 0 for a document without
    /// n-grams.
    /// </summary>
    public double GetTrainingShare(ReadOnlySpan<ulong> nGrams)
    {
        var (all, shared) = (0, 0);
        foreach (var nGram in nGrams)
        {
            if ((nGram & _ignoredBits) != 0) continue;
            all++;
            if (_isInTraining[nGram]) shared++;
        }
        return all == 0 ? 0 : (double)shared / all;
    }
}
