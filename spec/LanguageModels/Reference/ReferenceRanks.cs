using TorchSharp;
using TurkishLlm.Specification.LanguageModels.Loops;
using static TorchSharp.torch;

namespace TurkishLlm.Specification.LanguageModels.Reference;

/// <summary>What a wrong distributed loop does differently.</summary>
internal enum RankBug
{
    None,
    RankMeans,
    NoSum,
    OtherSeeds,
    NotAveraged,
    FirstRankOnly,
    FirstRankReports,
    FirstMicroBatchOnly,
    EveryMicroBatch,
}

/// <summary>One rank of several in this process, which adds up with the others.</summary>
internal sealed class ReferenceRanks
{
    private readonly Meeting _meeting;
    private readonly int _rank;
    private readonly RankBug _bug;

    private ReferenceRanks(Meeting meeting, int rank, RankBug bug) => (_meeting, _rank, _bug) = (meeting, rank, bug);

    public static IReadOnlyList<ITrainingLoop> Create(
        LoopOptions options, int count, ReferenceLoopParts parts, RankBug bug = RankBug.None)
    {
        var meeting = new Meeting(count);
        return
        [
            .. Enumerable.Range(0, count).Select(rank => new ReferenceLoop(
                bug == RankBug.OtherSeeds ? options with { Seed = options.Seed + rank } : options, parts,
                new(meeting, rank, bug))),
        ];
    }

    /// <summary>Adds a number of every rank.</summary>
    public double Sum(double value) => _bug switch
    {
        RankBug.RankMeans or RankBug.NoSum => value,
        _ => _meeting.Exchange(_rank, [value])[0],
    };

    /// <summary>Adds the share that every rank has in the mean loss.</summary>
    public double SumLosses(double share)
    {
        var sum = Sum(share);
        return _bug == RankBug.FirstRankReports && _rank > 0 ? share : sum;
    }

    /// <summary>True if the gradients of all ranks are added after a micro-batch.</summary>
    public bool AddsAfter(int index, int count) => _bug switch
    {
        RankBug.FirstMicroBatchOnly => index == 0,
        RankBug.EveryMicroBatch => true,
        _ => index == count - 1,
    };

    /// <summary>Adds the gradients of every rank, in place.</summary>
    public void SumGradients(IEnumerable<Tensor> gradients)
    {
        using var scope = NewDisposeScope();
        using var grad = no_grad();
        foreach (var gradient in gradients)
        {
            var factor = _bug == RankBug.RankMeans ? 1.0 / _meeting.Count : _bug == RankBug.NotAveraged ? _meeting.Count : 1.0;
            var own = gradient.Doubles();
            if (_bug == RankBug.NoSum) continue;
            if (_bug == RankBug.FirstRankOnly && _rank > 0) Array.Clear(own);
            var sum = _meeting.Exchange(_rank, own);
            gradient.copy_(tensor([.. sum.Select(x => x * factor)]).reshape(gradient.shape));
        }
    }

    private sealed class Meeting(int count)
    {
        private readonly double[]?[] _values = new double[]?[count];
        private double[] _sum = [];
        private int _arrived, _round;

        public int Count => count;

        /// <summary>Returns the sum of what all ranks give, once all have given it.</summary>
        public double[] Exchange(int rank, double[] values)
        {
            lock (_values)
            {
                _values[rank] = values;
                if (++_arrived == count)
                {
                    _sum = [.. Enumerable.Range(0, values.Length).Select(i => _values.Sum(v => v![i]))];
                    (_arrived, _round) = (0, _round + 1);
                    Monitor.PulseAll(_values);
                    return _sum;
                }
                for (var round = _round; round == _round;)
                    if (!Monitor.Wait(_values, TimeSpan.FromSeconds(30)))
                        throw new TimeoutException("A rank did not arrive within 30 seconds.");
                return _sum;
            }
        }
    }
}
