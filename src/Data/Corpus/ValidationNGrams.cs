using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace TurkishLlm.Data.Corpus;

/// <summary>Tells how much of a validation document occurs in training documents, by runs of words.</summary>
/// <remarks>
/// One run in four is staged, chosen by its hash and so the same ones everywhere: shares are estimated from these, about 20 for a
/// document of 90 words. Memory is bounded: beyond four million runs of validation only a smaller share is looked at.
/// Source: Brown et al. 2020, arXiv:2005.14165, appendix C; Lee et al. 2022, arXiv:2107.06499 (validation that is in training).
/// </remarks>
internal sealed class ValidationNGrams
{
    private const long MaxNGrams = 4 << 20;
    private const ulong Unsampled = 3;

    private readonly Dictionary<ulong, bool> _isInTraining = [];
    private readonly ulong _skipped;      // runs whose hash has one of these bits are not looked at

    /// <param name="nGramCount">Sampled runs of all validation documents.</param>
    public ValidationNGrams(long nGramCount)
    {
        for (_skipped = Unsampled; nGramCount > MaxNGrams; nGramCount /= 2) _skipped = _skipped << 1 | 1;
    }

    /// <summary>Appends the sampled runs of a document to a list, and tells how many.</summary>
    /// <param name="document">The text.</param>
    /// <param name="length">Words of a run.</param>
    /// <param name="destination">Receives the hashes of the runs.</param>
    public static int Sample(ReadOnlySpan<char> document, int length, List<ulong> destination)
    {
        var before = destination.Count;
        for (var runs = new WordNGrams(document, stackalloc ulong[length]); runs.MoveNext();)
            if ((runs.Hash & Unsampled) == 0) destination.Add(runs.Hash);
        return destination.Count - before;
    }

    /// <summary>Remembers the runs of a validation document.</summary>
    public void Add(ReadOnlySpan<ulong> nGrams)
    {
        foreach (var run in nGrams)
            if ((run & _skipped) == 0) _isInTraining.TryAdd(run, false);
    }

    /// <summary>Notes which of them a training document has.</summary>
    public void MarkInTraining(ReadOnlySpan<ulong> nGrams)
    {
        foreach (var run in nGrams)
        {
            if ((run & _skipped) != 0) continue;
            ref var isInTraining = ref CollectionsMarshal.GetValueRefOrNullRef(_isInTraining, run);
            if (!Unsafe.IsNullRef(ref isInTraining)) isInTraining = true;
        }
    }

    /// <summary>The share of a validation document's runs that training documents have; 0 for a document without one.</summary>
    public double GetTrainingShare(ReadOnlySpan<ulong> nGrams)
    {
        var (all, shared) = (0, 0);
        foreach (var run in nGrams)
        {
            if ((run & _skipped) != 0) continue;
            all++;
            if (_isInTraining[run]) shared++;
        }
        return all == 0 ? 0 : (double)shared / all;
    }
}
