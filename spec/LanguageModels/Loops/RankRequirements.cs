using System.Diagnostics;
using TurkishLlm.Specification.LanguageModels.Reference;
using static TurkishLlm.Specification.LanguageModels.Reference.ReferenceLoopSubject;

namespace TurkishLlm.Specification.LanguageModels.Loops;

/// <summary>Steps over ranks: the first micro-batches of a step are those of the first rank, and so on.</summary>
/// <param name="Rows">The steps.</param>
/// <param name="PerRank">Micro-batches of a rank.</param>
public sealed record LoopRankCase(LoopCase Rows, int PerRank = 1)
{
    /// <summary>Number of ranks.</summary>
    public int Count => Rows.Steps[0].Split('|').Length / PerRank;
}

/// <summary>Several ranks: LOOP-14.</summary>
public static class RankRequirements
{
    /// <summary>Ranks make the step of one process.</summary>
    public static readonly Requirement<LoopRankCase, LoopSubject> LOOP_14_Ranks = new()
    {
        Id = "LOOP-14",
        Statement = "Ranks with unequal numbers of counted targets make the step of one process with all rows, all report its "
            + "loss, and have equal weights after it.",
        Source = "BUG-ACC-01, BUG-ACC-07, BUG-ACC-12, BUG-INI-05; TOL-LOOP",
        CanonicalCases =
        [
            new(new("5 5|1|3|2 1", "1|15|9 4|7", "16|2 3|1|5"), PerRank: 2),
            new(new("1|16 2|9|4|4|12", "7 7|3|1|2|8 1|5"), PerRank: 2),
        ],
        Subject = (_, _) => Correct,
        Holds = Judge,
        Impostors = new()
        {
            ["the mean of the ranks' means"] = (_, _) => WithBug(RankBug.RankMeans),
            ["gradients are not added"] = (_, _) => WithBug(RankBug.NoSum),
            ["every rank has its own seed"] = (_, _) => WithBug(RankBug.OtherSeeds),
            ["multiplied by the number of ranks"] = (_, _) => WithBug(RankBug.NotAveraged),
            ["only the first rank counts"] = (_, _) => WithBug(RankBug.FirstRankOnly),
            ["only the first micro-batch is synchronized"] = (_, _) => WithBug(RankBug.FirstMicroBatchOnly),
            ["added after every micro-batch"] = (_, _) => WithBug(RankBug.EveryMicroBatch),
            ["only the first rank reports the loss of all"] = (_, _) => WithBug(RankBug.FirstRankReports),
        },
    };

    internal static IReadOnlyList<Requirement> For(LoopSubject subject) => [LOOP_14_Ranks.For((_, _) => subject)];

    private static LoopSubject WithBug(RankBug bug) => Correct with
    {
        Facts = ReferenceLoop.Facts with { Ranks = (options, count) => ReferenceRanks.Create(options, count, new(), bug) },
    };

    private static Verdict Judge(LoopSubject subject, LoopRankCase c, Conditions at)
    {
        if (subject.Facts.Ranks is not { } create) return Verdict.Skip("the loop has one process");
        using var together = new JoinedRanks(create(LoopOptions.For(at), c.Count), c.PerRank);
        together.Compare();
        var steps = c.Rows.Draw(subject.Facts, at);
        using var single = subject.Create(LoopOptions.For(at));
        var bounds = new LoopBounds(subject.Facts, single.Parameters, at);
        var same = LoopComparison.SameSteps(
            single, together, subject.Facts, [.. steps.Select(step => step.Merge())], steps, at);
        Verdict[] ofLosses =
        [
            .. together.Losses.Zip(steps, (losses, step) => Verdict.AtMost(
                bounds.Loss(losses[0], step.CountTargets()), losses.LargestDifference([.. losses.Select(_ => losses[0])]),
                "largest difference of a loss between ranks, nats")),
        ];
        var ofWeights = Verdict.AtMost(0, together.LargestDifference, "largest difference of a weight between ranks");
        return Verdict.All([same, ofWeights, .. ofLosses]).Describe(() =>
        [
            ofWeights.Holds ? 0 : 1, Verdict.All(ofLosses).Holds ? 0 : 1,
            .. MicroBatchWeights.Measure(subject.Create, together.First!, steps[0], at).SelectMany(weight => new[]
            {
                Math.Clamp(Math.Round(weight - 1, 2), 0, 1), Math.Clamp(Math.Round(1 - weight, 2), 0, 1),
            }),
        ]);
    }

    /// <summary>Steps all ranks at once, each on a thread of its own with its micro-batches.</summary>
    private sealed class JoinedRanks(IReadOnlyList<ITrainingLoop> ranks, int perRank) : ITrainingLoop
    {
        private readonly List<double[]> _losses = [];
        private Task<StepResult>[] _tasks = [];

        public IReadOnlyDictionary<string, TorchSharp.torch.Tensor> Parameters => ranks[0].Parameters;

        /// <summary>The largest difference of a weight between ranks, at the start or after a step.</summary>
        public double LargestDifference { get; private set; }

        /// <summary>What the first rank reported on the first step.</summary>
        public StepResult? First { get; private set; }

        /// <summary>The losses that the ranks reported, by step.</summary>
        public IReadOnlyList<double[]> Losses => _losses;

        public StepResult Step(IReadOnlyList<TokenRows> microBatches)
        {
            foreach (var rank in ranks.Skip(1)) LoopRun.CopyWeights(ranks[0], rank);
            _tasks =
            [
                .. ranks.Select((rank, i) => Task.Factory.StartNew(
                    () => rank.Step([.. microBatches.Skip(i * perRank).Take(perRank)]), CancellationToken.None,
                    TaskCreationOptions.LongRunning, TaskScheduler.Default)),
            ];
            Wait(_tasks);
            Compare();
            _losses.Add([.. _tasks.Select(task => task.Result.Loss)]);
            First ??= _tasks[0].Result;
            return _tasks[0].Result;
        }

        public void Save(string folder) => throw new NotSupportedException();

        public void Load(string folder) => throw new NotSupportedException();

        // A rank that is still waiting for one that threw must not be disposed during its step.
        public void Dispose()
        {
            if (_tasks.All(task => task.IsCompleted)) DisposeRanks();
            else Task.WhenAll(_tasks).ContinueWith(_ => DisposeRanks(), TaskScheduler.Default);
        }

        // Throws the exception of the rank that throws first, without waiting for those that wait for it.
        private static void Wait(IEnumerable<Task> tasks)
        {
            var (open, watch) = (tasks.ToList(), Stopwatch.StartNew());
            while (open.Count > 0)
            {
                var left = TimeSpan.FromMinutes(2) - watch.Elapsed;
                var index = Task.WaitAny([.. open], left > TimeSpan.Zero ? left : TimeSpan.Zero);
                if (index < 0) throw new TimeoutException("A step over ranks did not end within two minutes.");
                open[index].GetAwaiter().GetResult();
                open.RemoveAt(index);
            }
        }

        private void DisposeRanks()
        {
            foreach (var rank in ranks) rank.Dispose();
        }

        /// <summary>Compares the weights of all ranks.</summary>
        public void Compare()
        {
            var weights = LoopRun.Copy(ranks[0]);
            foreach (var rank in ranks.Skip(1))
                foreach (var (name, values) in LoopRun.Copy(rank))
                    LargestDifference = Math.Max(LargestDifference, values.LargestDifference(weights[name]));
        }
    }
}
