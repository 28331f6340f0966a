using System.Runtime.InteropServices;

namespace TurkishLlm.Data;

/// <summary>Tells how much of a validation document occurs in training documents, by runs of tokens.</summary>
/// <remarks>
/// Memory is bounded: beyond four million runs only those are remembered whose hash falls into a fixed share,
/// and shares of runs are estimated from these.
/// </remarks>
internal sealed class ValidationRuns
{
    private const long MostRuns = 4 << 20;

    private readonly Dictionary<ulong, bool> _isInTraining = [];
    private readonly int _length;
    private readonly ulong _skipped;      // runs whose hash has one of these bits are not looked at

    /// <param name="length">Tokens of a run.</param>
    /// <param name="tokens">Tokens of all validation documents.</param>
    public ValidationRuns(int length, long tokens)
    {
        _length = length;
        while (tokens > MostRuns)
        {
            tokens /= 2;
            _skipped = _skipped << 1 | 1;
        }
    }

    /// <summary>Remembers the runs of a validation document.</summary>
    public void Add(ReadOnlySpan<ushort> tokens)
    {
        for (var runs = new TokenRuns(tokens, _length); runs.Next();)
            if ((runs.Hash & _skipped) == 0) _isInTraining.TryAdd(runs.Hash, false);
    }

    /// <summary>Notes which of them a training document has.</summary>
    public void MarkThoseOf(ReadOnlySpan<ushort> tokens)
    {
        for (var runs = new TokenRuns(tokens, _length); runs.Next();)
        {
            if ((runs.Hash & _skipped) != 0) continue;
            ref var isInTraining = ref CollectionsMarshal.GetValueRefOrNullRef(_isInTraining, runs.Hash);
            if (!System.Runtime.CompilerServices.Unsafe.IsNullRef(ref isInTraining)) isInTraining = true;
        }
    }

    /// <summary>The share of a validation document's runs that training documents have; 0 for a document shorter than a run.</summary>
    public double ShareInTraining(ReadOnlySpan<ushort> tokens)
    {
        var (all, shared) = (0, 0);
        for (var runs = new TokenRuns(tokens, _length); runs.Next();)
        {
            if ((runs.Hash & _skipped) != 0) continue;
            all++;
            if (_isInTraining[runs.Hash]) shared++;
        }
        return all == 0 ? 0 : (double)shared / all;
    }
}
