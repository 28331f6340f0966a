using TorchSharp;
using TurkishLlm.Model;
using TurkishLlm.Model.Layers;
using TurkishLlm.Plans;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Training;
using TurkishLlm.Training.Distributed;
using TurkishLlm.Training.Safety;
using static TorchSharp.torch;

namespace TurkishLlm.Spec.Training;

/// <summary>Trains a plan as one process of a group.</summary>
public delegate RunResult TrainRun(TrainingPlan plan, IProcessGroup group);

/// <summary>A run of a few steps in several processes.</summary>
/// <param name="Processes">Processes.</param>
/// <param name="BatchSize">Rows of a micro-batch of one process.</param>
/// <param name="Accumulation">Micro-batches of one process.</param>
/// <param name="Clip">Maximum norm of the gradient; below the usual norm, so that every step is clipped.</param>
public sealed record ParallelRunCase(int Processes, int BatchSize, int Accumulation, double Clip);

/// <summary>The result of a short run.</summary>
/// <param name="Losses">Loss of every step.</param>
/// <param name="Norms">Norm of the gradient of every step.</param>
/// <param name="Weights">Weights at the end.</param>
public sealed record RunResult(double[] Losses, double[] Norms, Dictionary<string, double[]> Weights);

/// <summary>Training in several processes: RNK-04.</summary>
public static class ParallelRunSpec
{
    private const int Steps = 4;

    public static readonly Requirement<ParallelRunCase, TrainRun> RNK_04_EqualsOneProcess = new()
    {
        Id = "RNK-04",
        Statement = "Over several steps, including data, clipping and optimizer, every process has the losses, norms and weights "
            + "of a single process that takes the same steps.",
        Source = "BUG-DAT-11, BUG-ACC-07, BUG-ACC-12, BUG-OPT-04; TOL-STEPS, with float32 products",
        CanonicalCases = [new(2, BatchSize: 3, Accumulation: 2, Clip: 0.3), new(3, BatchSize: 6, Accumulation: 1, Clip: 0.2)],
        CanonicalConditions = at => at.WithSmallVocabulary,
        Subject = (_, _) => Train,
        Holds = (train, c, at) =>
        {
            var plan = Plan(at, c);
            var alone = Train(plan, SingleProcessGroup.Instance);
            return Verdict.All(SimulatedRanks.Run(c.Processes, group => train(plan, group)).SelectMany(rank => new[]
            {
                Near(Tolerance.StepsLoss, rank.Losses, alone.Losses, "loss"),
                Near(10 * Tolerance.StepsLoss, rank.Norms, alone.Norms, "norm"),
                Verdict.All(
                    alone.Weights.Select(w =>
                        Verdict.AtMost(
                            Tolerance.StepsWeights, rank.Weights[w.Key].RelativeTo(w.Value),
                            $"{w.Key} at the end, max|Δ| ÷ max|w|"))),
            }));
        },
        Impostors = new()
        {
            ["gradients are not summed"] = WithSum((_, _, _) => { }),
            ["the mean instead of the sum"] = WithSum((_, sum, group) => sum(tensor => tensor.div_(group.Context.WorldSize))),
            ["clipped before the sum"] = (c, at) => WithSum((gradient, sum, _) =>
            {
                gradient.mul_(Math.Min(1, c.Clip / gradient.norm().ToDouble()));
                sum(null);
            })(c, at),
            ["the first weight is not summed"] = WithSum((gradient, sum, _) =>
            {
                var own = gradient.narrow(0, 0, 2000).clone();
                sum(tensor => tensor.narrow(0, 0, 2000).copy_(own));
            }),
            ["all processes read the same rows"] = (_, _) => (plan, group) =>
                Train(plan, new WrappingGroup(group, group.Context with { Rank = 0 }, (_, sum, _) => sum(null))),
            ["the schedule advances once per process"] = (c, _) => (plan, group) =>
                Train(plan with { Training = plan.Training with { Steps = plan.Training.Steps * c.Processes } }, group),
            ["every process initializes its own weights"] = (_, _) => (plan, group) =>
                Train(plan with { Seed = plan.Seed + group.Context.Rank }, group),
        },
    };

    public static IReadOnlyList<Requirement> All => [RNK_04_EqualsOneProcess];

    private static TrainingPlan Plan(Conditions at, ParallelRunCase c) => at.TextPlan with
    {
        Model = new ModelConfig(at.Model.VocabSize, dModel: 24, nLayers: 2, nHeads: 4, nKvHeads: 2, dFf: 40, maxSeqLen: 16),
        Training = new BatchingPlan(Steps, c.BatchSize, SequenceLength: 11, c.Accumulation),
        // An ε of the usual size of a gradient: with a tiny one, an element with only rounding errors as gradient would move by a
        // full learning rate.
        Optimizer = new OptimizerPlan(3e-3, 3e-4, WarmupSteps: 2) { GradientClip = c.Clip, Epsilon = 1e-3 },
        ComputeType = ComputeType.Float32,
    };

    private static RunResult Train(TrainingPlan plan, IProcessGroup group)
    {
        using var trainer = Trainer.Create(
            new Clearance(plan, reportJson: "{}", digest: "", requirementCount: 0),
            new RunEnvironment { ProcessGroup = group });
        var steps = Enumerable.Range(0, Steps).Select(_ => trainer.TakeStep()).ToList();
        return new(
            [.. steps.Select(step => step.Loss)],
            [.. steps.Select(step => step.GradientNorm)],
            trainer.Model.Parameters.Doubles());
    }

    private static Verdict Near(double allowed, double[] measured, double[] expected, string what) => Verdict.AtMost(
        allowed,
        measured.Zip(expected, (a, b) => Math.Abs(a - b) / b).Aggregate(0.0, Math.Max),
        $"{what} of a step, relative difference");

    // A wrong summation: takes the gradients of a process, and functions to sum them and to change the sum.
    private delegate void SumOverride(Tensor gradients, Action<Func<Tensor, Tensor>?> sum, IProcessGroup group);

    private static Func<ParallelRunCase, Conditions, TrainRun> WithSum(SumOverride summing) =>
        (_, _) => (plan, group) => Train(plan, new WrappingGroup(group, group.Context, summing));

    private sealed class WrappingGroup(IProcessGroup inner, DistributedContext context, SumOverride summing) : IProcessGroup
    {
        public DistributedContext Context => context;

        // Counts are int64 and losses float64; only gradients are float32.
        public void AllReduceSum(Tensor tensor)
        {
            if (tensor.dtype != float32)
            {
                inner.AllReduceSum(tensor);
                return;
            }
            using var scope = NewDisposeScope();
            summing(tensor, after =>
            {
                inner.AllReduceSum(tensor);
                after?.Invoke(tensor);
            }, inner);
        }

        public IReadOnlyList<string> AllGather(string text) => inner.AllGather(text);

        public void Dispose()
        {
        }
    }
}
