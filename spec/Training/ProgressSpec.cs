using TurkishLlm.Model;
using TurkishLlm.Monitoring.Progress;
using TurkishLlm.Runs.Logs;
using TurkishLlm.Spec.Plans;

namespace TurkishLlm.Spec.Training;

/// <summary>A run that was interrupted once.</summary>
/// <param name="Steps">Steps of the run.</param>
/// <param name="StoppedAfter">The last step before the interruption.</param>
public sealed record SmoothingCase(int Steps, int StoppedAfter)
{
    // Falling, with noise that has no period; not a number once.
    internal double[] Losses(Conditions at) =>
        [.. at.Normal(61, 0.3, Steps).Doubles().Select((noise, i) => i == Steps / 2 ? double.NaN : 3 + 5.0 / (1 + i) + noise)];
}

/// <summary>A model and the length of its sequences.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Config">The model.</param>
/// <param name="Length">Tokens of a sequence.</param>
public sealed record FlopsCase(string Name, ModelConfig Config, int Length)
{
    /// <inheritdoc/>
    public override string ToString() => Name;
}

/// <summary>Smoothed loss and FLOP count of a run: EVL-12, EVL-13.</summary>
public static class ProgressSpec
{
    private const double Decay = 0.95;

    public static readonly Requirement<SmoothingCase, Func<IReadOnlyList<double>, int, double>> EVL_12_Smoothing = new()
    {
        Id = "EVL-12",
        Statement = "The smoothed loss is the weighted mean of all finite losses so far, each with 0.95 times the weight of the "
            + "next, also across interruptions.",
        Source = "BUG-EVL-09: a stale average over a resume; Kingma and Ba 2015, arXiv:1412.6980, section 3",
        CanonicalCases = [new(7, 3), new(60, 41), new(300, 150)],
        Subject = (_, at) => (losses, stopped) => SmoothWithRestart(at, losses, stopped),
        Holds = (smooth, c, at) =>
        {
            var losses = c.Losses(at);
            var (sum, weights) = (0.0, 0.0);
            for (var i = 0; i < losses.Length; i++)
            {
                // A loss that is not finite does not reduce the weight of the others.
                var weight = double.IsFinite(losses[i]) ? Math.Pow(Decay, losses.Skip(i + 1).Count(double.IsFinite)) : 0;
                (sum, weights) = (sum + (weight > 0 ? weight * losses[i] : 0), weights + weight);
            }
            return Verdict.AtMost(
                1e-9, Math.Abs(smooth(losses, c.StoppedAfter) - sum / weights), "difference from the sum by hand, nats");
        },
        Impostors = new()
        {
            ["starts at zero"] = (_, _) => (losses, _) =>
                losses.Where(double.IsFinite).Aggregate(0.0, (mean, loss) => Decay * mean + (1 - Decay) * loss),
            ["starts at the first loss"] = (_, _) => (losses, _) =>
                losses.Where(double.IsFinite).Skip(1).Aggregate(losses[0], (mean, loss) => Decay * mean + (1 - Decay) * loss),
            ["forgets what was before the interruption"] = (_, at) => (losses, stopped) =>
                SmoothWithRestart(at, [.. losses.Skip(stopped)], 0),
            ["a NaN stays in it"] = (_, _) => (losses, _) =>
                losses.Aggregate(0.0, (mean, loss) => Decay * mean + (1 - Decay) * loss),
            ["the mean of all"] = (_, _) => (losses, _) => losses.Where(double.IsFinite).Average(),
        },
    };

    public static readonly Requirement<FlopsCase, Func<ModelConfig, int, double>> EVL_13_Flops = new()
    {
        Id = "EVL-13",
        Statement = "The FLOP count of training on a token is that of every matrix product, once forward and twice backward, "
            + "counted head by head and key by key.",
        Source = "Chowdhery et al. 2022, arXiv:2204.02311, appendix B",
        CanonicalCases =
        [
            new("v1 at 512", ModelConfig.V1, 512), new("v2 at 2,048", ModelConfig.V2, 2048),
            new(
                "untied, small",
                new ModelConfig(
                    vocabSize: 300, dModel: 40, nLayers: 3, nHeads: 10, nKvHeads: 5, dFf: 72, maxSeqLen: 64,
                    tieEmbeddings: false),
                37),
        ],
        Subject = (_, _) => ComputeCost.TrainingFlopsPerToken,
        Holds = (flops, c, _) =>
        {
            var counted = CountFlops(c.Config, c.Length);
            return Verdict.AtMost(
                1e-12, Math.Abs(flops(c.Config, c.Length) - counted) / counted, "relative difference from the count");
        },
        Impostors = new()
        {
            ["forward only"] = (_, _) => (config, length) => ComputeCost.TrainingFlopsPerToken(config, length) / 3,
            ["the embedding counts as a product"] = (_, _) => (config, length) =>
                ComputeCost.TrainingFlopsPerToken(config, length) + 6.0 * config.VocabSize * config.DModel,
            ["no head"] = (_, _) => (config, length) =>
                ComputeCost.TrainingFlopsPerToken(config, length) - 6.0 * config.VocabSize * config.DModel,
            ["no attention"] = (_, _) => (config, _) => ComputeCost.TrainingFlopsPerToken(config, 0),
            ["every query head has its own keys"] = (_, _) => (config, length) =>
                ComputeCost.TrainingFlopsPerToken(config.With(nKvHeads: config.NHeads), length),
            ["six for each parameter"] = (_, _) => (config, length) =>
                6.0 * config.ParameterCount + 12.0 * config.NLayers * config.DModel * length,
        },
    };

    public static IReadOnlyList<Requirement> All => [EVL_12_Smoothing, EVL_13_Flops];

    private static double SmoothWithRestart(Conditions at, IReadOnlyList<double> losses, int stopped)
    {
        StepMetrics[] lines = [.. losses.Select((loss, i) => new StepMetrics(i + 1, loss, 1e-3, 1, i + 1, 1000, i + 1, 1))];
        var progress = new RunProgress(at.Plan, [], lines.Take(stopped));
        foreach (var line in lines.Skip(stopped)) progress.Add(line);
        return progress.SmoothedLoss;
    }

    // A multiplication and an addition for each weight; the backward pass has a product for the input and one for the weight.
    private static double CountFlops(ModelConfig c, int length)
    {
        var forward = 0.0;
        for (var layer = 0; layer < c.NLayers; layer++)
        {
            for (var head = 0; head < c.NHeads; head++)
            {
                forward += 2 * 2.0 * c.HeadDim * c.DModel;                               // query and output projections
                for (var key = 0; key < length; key++) forward += 2 * 2.0 * c.HeadDim;   // the score, and the weighted value
            }
            for (var head = 0; head < c.NKvHeads; head++) forward += 2 * 2.0 * c.HeadDim * c.DModel;
            for (var inner = 0; inner < c.DFf; inner++) forward += 3 * 2.0 * c.DModel;
        }
        for (var id = 0; id < c.VocabSize; id++) forward += 2.0 * c.DModel;
        return 3 * forward;
    }
}
