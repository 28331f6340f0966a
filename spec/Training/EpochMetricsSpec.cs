using TurkishLlm.Runs.Logs;
using TurkishLlm.Spec.Plans;

namespace TurkishLlm.Spec.Training;

/// <summary>Computes the training loss of each epoch from the steps of a run.</summary>
public delegate IReadOnlyList<double> ComputeEpochLosses(IReadOnlyList<StepMetrics> steps);

/// <summary>The steps of a fine-tuning run with unequal numbers of targets.</summary>
/// <param name="Epochs">Passes over the examples after each step.</param>
/// <param name="LossTerms">Targets of each step.</param>
public sealed record EpochCase(IReadOnlyList<double> Epochs, params IReadOnlyList<long> LossTerms)
{
    /// <inheritdoc/>
    public override string ToString() => $"{LossTerms.Count} steps with {string.Join(", ", LossTerms)} targets";

    internal IReadOnlyList<StepMetrics> Steps(Conditions at) =>
    [
        .. at.Normal(71, 1, LossTerms.Count).Doubles().Select((noise, i) => new StepMetrics(
            i + 1, 4 + noise, LearningRate: 1e-3, GradientNorm: 2, Tokens: 100 * (i + 1), TokensPerSecond: 50, Seconds: 2 * i + 2,
            MemoryBytes: 1 << 20)
        {
            Epoch = Epochs[i],
            LossTerms = LossTerms[i],
        }),
    ];
}

/// <summary>Metrics of an epoch: EVL-31.</summary>
public static class EpochMetricsSpec
{
    /// <summary>EVL-31.</summary>
    public static readonly Requirement<EpochCase, ComputeEpochLosses> EVL_30_MeanOverTargets = new()
    {
        Id = "EVL-31",
        Statement = "The training loss of an epoch is the mean over the targets of the steps that start in it, also if the "
            + "numbers of targets differ.",
        Source = "BUG-EVL-01, BUG-EVL-09: the mean of the means of steps",
        CanonicalCases =
        [
            new([0.3, 0.7, 1.1, 1.6, 2], 1, 9, 4, 30, 2),
            new([0.5, 1, 1.5, 2, 2.5, 3], 9, 1, 1, 250, 17, 3),
        ],
        Subject = (_, _) => steps => [.. EpochMetrics.FromSteps(steps).Select(epoch => epoch.TrainingLoss!.Value)],
        Holds = (compute, c, at) =>
        {
            var steps = c.Steps(at);
            var (nats, targets) = (new SortedDictionary<int, double>(), new Dictionary<int, long>());
            for (var i = 0; i < steps.Count; i++)
            {
                var epoch = i == 0 ? 0 : (int)Math.Floor(c.Epochs[i - 1]);
                nats[epoch] = nats.GetValueOrDefault(epoch) + steps[i].Loss * c.LossTerms[i];
                targets[epoch] = targets.GetValueOrDefault(epoch) + c.LossTerms[i];
            }
            var found = compute(steps);
            return Verdict.All(
            [
                Verdict.Equal(nats.Count, found.Count, "epochs"),
                .. nats.Zip(found, (sum, loss) => Verdict.AtMost(
                    // Two sums of fewer than 8 float64 terms, and a division.
                    16 * double.BitIncrement(1) - 16, Math.Abs(loss / (sum.Value / targets[sum.Key]) - 1),
                    FormattableString.Invariant($"epoch {sum.Key + 1}, relative difference from the sum by hand"))),
            ]);
        },
        Impostors = new()
        {
            ["the mean of the means of steps"] = WithWeights((_, _) => 1),
            ["only the last step"] = WithWeights((step, steps) => step == steps[^1] ? 1 : 0),
            ["only the first step"] = WithWeights((step, steps) => step == steps[0] ? 1 : 0),
            ["the mean over tokens"] = WithWeights((step, _) => step.Tokens),
            ["a step belongs to the epoch that it ends in"] = (_, _) => steps =>
                Group(steps, i => (int)Math.Floor(steps[i].Epoch!.Value), (step, _) => step.LossTerms!.Value),
        },
    };

    /// <summary>All requirements of this class.</summary>
    public static IReadOnlyList<Requirement> All => [EVL_30_MeanOverTargets];

    private static Func<EpochCase, Conditions, ComputeEpochLosses> WithWeights(
        Func<StepMetrics, IReadOnlyList<StepMetrics>, double> weight) => (_, _) => steps =>
        Group(steps, i => i == 0 ? 0 : (int)Math.Floor(steps[i - 1].Epoch!.Value), weight);

    private static IReadOnlyList<double> Group(
        IReadOnlyList<StepMetrics> steps, Func<int, int> epoch, Func<StepMetrics, IReadOnlyList<StepMetrics>, double> weight) =>
    [
        .. Enumerable.Range(0, steps.Count).GroupBy(epoch, i => steps[i]).Select(group =>
        {
            StepMetrics[] members = [.. group];
            return members.Sum(step => step.Loss * weight(step, members)) / members.Sum(step => weight(step, members));
        }),
    ];
}
