using TorchSharp;
using TurkishLlm.Model;
using TurkishLlm.Model.Layers;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Spec.Model;
using TurkishLlm.Spec.Oracles;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Training.Distributed;
using TurkishLlm.Training.Objectives;
using TurkishLlm.Training.Optimization;
using static TorchSharp.torch;

namespace TurkishLlm.Spec.Training;

/// <summary>Returns what differs between the processes of a group.</summary>
public delegate IReadOnlyList<string> CompareStates(IProcessGroup group, ParameterTable weights);

/// <summary>Computes the gradient of a step, in the weights of one process, and returns the loss.</summary>
public delegate double RankStep(LanguageModel model, IReadOnlyList<TokenBatch> microBatches, IProcessGroup group);

/// <summary>A step with its micro-batches divided among processes, which have unequal numbers of targets.</summary>
/// <param name="Step">The step and its micro-batches.</param>
/// <param name="MicroBatchesPerRank">Number of micro-batches of each process.</param>
public sealed record ParallelCase(AccumulationCase Step, params IReadOnlyList<int> MicroBatchesPerRank)
{
    /// <inheritdoc/>
    public override string ToString() =>
        $"{Step} in {MicroBatchesPerRank.Count} processes with {string.Join(" + ", MicroBatchesPerRank)}";

    internal IReadOnlyList<TokenBatch> MicroBatchesOf(int rank, Conditions at) =>
        [.. Step.MicroBatches(at).Skip(MicroBatchesPerRank.Take(rank).Sum()).Take(MicroBatchesPerRank[rank])];
}

/// <summary>A weight of one process that is off by its last bit.</summary>
/// <param name="Rank">The process, of three.</param>
/// <param name="Weight">Name of the weight.</param>
public sealed record DriftCase(int Rank, string Weight);

/// <summary>Gradients, losses and weights of every process after a step: RNK-02, RNK-03, RNK-06.</summary>
public static class ParallelSpec
{
    private const string OmittedWeight = "layers.1.ffn_norm.weight";

    private static readonly ModelCase Model = new(Width: 40, 2, Heads: 4, KeyValueHeads: 2, Inner: 56, Batch: 6, Time: 11);

    private static readonly IReadOnlyList<ParallelCase> Usual =
        [
            new(new(Model, 1, 2, 3), 2, 1), new(new(Model, 4, 2), 1, 1), new(new(Model, 1, 1, 1, 1, 1, 1), 1, 2, 3),
            new(AccumulationSpec.P60_EqualsBigBatch.CanonicalCases[3], 1, 1),
        ];

    public static readonly Requirement<ParallelCase, RankStep> RNK_02_Gradient = new()
    {
        Id = "RNK-02",
        Statement = "Processes with unequal numbers of targets each have the gradient of the float64 oracle for one large batch.",
        Source = "BUG-ACC-01, BUG-ACC-03, BUG-ACC-07; probe P-ACCUM on simulated ranks; TOL-MODEL",
        CanonicalCases = Usual,
        Subject = (_, _) => Real,
        Holds = (step, c, at) => Judge(step, c, at, (expected, rank) => Verdict.All(expected.Gradients.Select(g => Verdict.AtMost(
            c.Step.Model.AllowedGradient(at),
            rank.Gradients[g.Key].RelativeTo(g.Value), $"gradient of {g.Key}, max|Δ| ÷ max|g|")))),
        Impostors = new()
        {
            ["the mean of the processes' means"] = (_, _) => (model, batches, group) =>
            {
                Backward(model, batches, CountTargets(batches) * group.Context.WorldSize);
                GradientAllReduce.AllReduce(group, model.Parameters);
                return 0;
            },
            ["the sum of the processes' means"] = (_, _) => (model, batches, group) =>
            {
                Backward(model, batches, CountTargets(batches));
                GradientAllReduce.AllReduce(group, model.Parameters);
                return 0;
            },
            ["divided by the number of processes too"] = (_, _) => (model, batches, group) =>
            {
                Backward(model, batches, group.AllReduceSum(CountTargets(batches)) * group.Context.WorldSize);
                GradientAllReduce.AllReduce(group, model.Parameters);
                return 0;
            },
            ["divided by all positions"] = (_, _) => (model, batches, group) =>
            {
                Backward(model, batches, group.AllReduceSum(batches.Sum(batch => batch.Targets.numel())));
                GradientAllReduce.AllReduce(group, model.Parameters);
                return 0;
            },
            ["not summed"] = (_, _) => (model, batches, group) =>
                Backward(model, batches, group.AllReduceSum(CountTargets(batches))),
            ["one weight is not summed"] = (_, _) => (model, batches, group) =>
            {
                Backward(model, batches, group.AllReduceSum(CountTargets(batches)));
                var own = model.Parameters[OmittedWeight].grad!.clone();
                GradientAllReduce.AllReduce(group, model.Parameters);
                model.Parameters[OmittedWeight].grad = own;
                return 0;
            },
            ["summed before the last micro-batch"] = (_, _) => (model, batches, group) =>
            {
                var counted = group.AllReduceSum(CountTargets(batches));
                Backward(model, [.. batches.SkipLast(1)], counted);
                GradientAllReduce.AllReduce(group, model.Parameters);
                return Backward(model, [batches[^1]], counted, clear: false);
            },
            ["all processes use the batches of the first"] = (c, at) => (model, _, group) =>
                Real(model, c.MicroBatchesOf(0, at), group),
        },
    };

    public static readonly Requirement<ParallelCase, RankStep> RNK_03_Loss = new()
    {
        Id = "RNK-03",
        Statement = "The reported loss of every process is the mean over all counted targets of all processes.",
        Source = "BUG-EVL-01, BUG-EVL-09: pytorch/torchtitan PR #4167; TOL-LOSS and TOL-MODEL",
        CanonicalCases = Usual,
        Subject = (_, _) => Real,
        Holds = (step, c, at) => Judge(step, c, at, (expected, rank) =>
        {
            var largest = expected.Logits.Max(Math.Abs);
            var allowed =
                Tolerance.Loss(ScalarType.Float32, c.Step.Model.Vocabulary, largest)
                + 2 * c.Step.Model.Allowed(at) * largest;
            return Verdict.AtMost(allowed, Math.Abs(rank.Loss - expected.Loss), "difference from the oracle's, nats");
        }),
        Impostors = new()
        {
            ["the mean of the processes' means"] = (_, _) => (model, batches, group) =>
                group.AllReduceSum(Backward(model, batches, 1) / CountTargets(batches)) / group.Context.WorldSize,
            ["the loss of its own rows"] = (_, _) => (model, batches, _) => Backward(model, batches, 1) / CountTargets(batches),
            ["the sum of the processes' means"] = (_, _) => (model, batches, group) =>
                group.AllReduceSum(Backward(model, batches, 1) / CountTargets(batches)),
            ["its own part of the sum"] = (_, _) => (model, batches, group) =>
                Backward(model, batches, 1) / group.AllReduceSum(CountTargets(batches)),
        },
    };

    public static readonly Requirement<DriftCase, CompareStates> RNK_06_SameState = new()
    {
        Id = "RNK-06",
        Statement = "If the last bit of a weight differs in any process, all processes report it, by rank and name; equal "
            + "weights pass.",
        Source = "BUG-INI-05, BUG-ACC-07, BUG-ACC-12: pytorch/torchtitan #166; processes that drift apart each have a loss that "
            + "falls",
        CanonicalCases = [new(2, "layers.1.ffn_norm.weight"), new(2, "layers.0.attn.k_proj.weight")],
        Subject = (_, _) => (group, weights) =>
        {
            try
            {
                RankConsistency.RequireSameState(group, step: 7, ("", weights));
                return [];
            }
            catch (RanksDifferException error)
            {
                return [.. error.Differences.Select(d => $"rank {d.Rank}: {d.Name}")];
            }
        },
        Holds = (find, c, at) =>
        {
            var found = SimulatedRanks.Run(3, group =>
            {
                using var weights = ModelCase.Weights(StepCase.Model.Config, at);
                var before = find(group, weights);
                if (group.Context.Rank == c.Rank) FlipLastBit(weights[c.Weight]);
                return (Before: before, After: find(group, weights));
            });
            return Verdict.All(found.SelectMany((rank, i) => new[]
            {
                Verdict.SameElements([], rank.Before, $"reported by rank {i} for equal weights"),
                Verdict.SameElements([$"rank {c.Rank}: {c.Weight}"], rank.After, $"reported by rank {i}"),
            }));
        },
        Impostors = new()
        {
            ["compares logged norms"] = (_, _) => (group, weights) =>
                FindDifferences(group, weights.Names, name =>
                    FormattableString.Invariant($"{weights[name].norm().ToDouble():F4}")),
            ["compares what is printed"] = (_, _) =>
                (group, weights) =>
                    FindDifferences(group, weights.Names, name =>
                        string.Join(' ', weights[name].Doubles().Select(w => FormattableString.Invariant($"{w:F4}")))),
            ["compares the first weight"] = (_, _) => (group, weights) =>
                FindDifferences(group, [.. weights.Names.Take(1)], name => FormatValues(weights[name])),
            ["compares two processes only"] = (_, _) =>
                (group, weights) =>
                    [
                        .. FindDifferences(group, weights.Names, name => FormatValues(weights[name]))
                            .Where(found => found.StartsWith("rank 1:", StringComparison.Ordinal)),
                    ],
            ["only the differing process notices"] = (c, _) =>
                (group, weights) =>
                    [
                        .. FindDifferences(group, weights.Names, name => FormatValues(weights[name]))
                            .Where(_ => group.Context.Rank == c.Rank),
                    ],
        },
    };

    public static IReadOnlyList<Requirement> All => [RNK_02_Gradient, RNK_03_Loss, RNK_06_SameState];

    private static double Real(LanguageModel model, IReadOnlyList<TokenBatch> batches, IProcessGroup group) =>
        GradientAllReduce.ComputeGradient(group, model.Parameters, CountTargets(batches), targets =>
            GradientAccumulation.Compute(model, batches, targets));

    private static long CountTargets(IReadOnlyList<TokenBatch> batches) => batches.Sum(batch => batch.LossTerms);

    // Returns the sum of this process's losses; computes the gradient of the sum over a divisor.
    private static double Backward(LanguageModel model, IReadOnlyList<TokenBatch> batches, long divisor, bool clear = true)
    {
        if (clear) model.Parameters.ClearGradients();
        var sum = 0.0;
        foreach (var batch in batches)
        {
            var loss = model.ComputeLossSum(batch.Inputs, batch.Targets);
            (loss / divisor).backward();
            sum += loss.ToDouble();
        }
        return sum;
    }

    private static Verdict Judge(
        RankStep step, ParallelCase c, Conditions at,
        Func<TransformerResult, (double Loss, Dictionary<string, double[]> Gradients), Verdict> judge)
    {
        var m = c.Step.Model;
        using var weights = ModelCase.Weights(m.Config, at);
        var expected = new TransformerOracle(m.Sizes, weights.Doubles()).Run(
            m.Ids(at).Longs(), c.Step.Targets(at).Longs(), m.Batch);
        var ranks = SimulatedRanks.Run(c.MicroBatchesPerRank.Count, group =>
        {
            using var scope = NewDisposeScope();
            using var own = weights.CopyTo(at.Device);
            using var model = new LanguageModel(own, at.ComputeType);
            var loss = step(model, c.MicroBatchesOf(group.Context.Rank, at), group);
            return (loss, own.Names.ToDictionary(name => name, name => own[name].grad!.Doubles()));
        });
        return Verdict.All(ranks.Select(rank => judge(expected, rank)));
    }

    private static void FlipLastBit(Tensor weight)
    {
        using var scope = NewDisposeScope();
        using var grad = no_grad();
        var last = weight.flatten().narrow(0, weight.numel() - 1, 1);
        last.copy_(tensor(BitConverter.Int32BitsToSingle(BitConverter.SingleToInt32Bits(last.item<float>()) ^ 1)));
    }

    private static string FormatValues(Tensor weight) =>
        string.Join(' ', weight.Doubles().Select(w => FormattableString.Invariant($"{w:R}")));

    private static IReadOnlyList<string> FindDifferences(
        IProcessGroup group, IReadOnlyList<string> names, Func<string, string> value)
    {
        var all = names.Select(name => group.AllGather(value(name))).ToList();
        return
        [
            .. Enumerable
                .Range(1, group.Context.WorldSize - 1)
                .SelectMany(rank => names.Where((_, i) => all[i][rank] != all[i][0]).Select(name => $"rank {rank}: {name}")),
        ];
    }
}
