using TorchSharp;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Plans;
using TurkishLlm.Spec.Model;
using TurkishLlm.Spec.Oracles.Training;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Training.Optimization;
using static TorchSharp.torch;

namespace TurkishLlm.Spec.Training;

/// <summary>Averages weights while they move.</summary>
/// <param name="weights">The weights before the first step. <paramref name="move"/> changes them in place.</param>
/// <param name="plan">Decay and interval.</param>
/// <param name="steps">Number of steps.</param>
/// <param name="move">Moves the weights as the step with a number does.</param>
/// <returns>The average after the last step, by name.</returns>
public delegate IReadOnlyDictionary<string, double[]> AverageWeights(
    ParameterTable weights, EmaPlan plan, int steps, Action<int> move);

/// <summary>Steps of weights that are averaged.</summary>
/// <param name="Decay">Decay of the average.</param>
/// <param name="Every">Steps between two updates.</param>
/// <param name="Steps">Number of steps.</param>
public sealed record WeightAverageCase(double Decay, int Every, int Steps)
{
    /// <summary>The average of the run.</summary>
    internal static IReadOnlyList<WeightAverageCase> FromPlan(Conditions at) => at.Plan.Training.Ema is { } ema
        ? [new(ema.Decay, (int)Math.Min(ema.Every, 4), 9)]
        : [];
}

/// <summary>The moving average of weights: OPT-26.</summary>
public static class WeightAverageSpec
{
    public static readonly Requirement<WeightAverageCase, AverageWeights> OPT_26_Oracle = new()
    {
        Id = "OPT-26",
        Statement = "The average after k updates is Σ d^(k−i)·w_i ÷ Σ d^(k−i) of the weights of every N-th step, in float32: the "
            + "weights before training have no share in it.",
        Source = "Polyak & Juditsky 1992; Kingma & Ba 2015, arXiv:1412.6980, section 3; BUG-OPT-09; TOL-AVERAGE",
        CanonicalCases = [new(0.9, 1, 7), new(0.6, 3, 10), new(0.999, 2, 8)],
        PlanCases = WeightAverageCase.FromPlan,
        Subject = (_, _) => (weights, plan, steps, move) =>
        {
            using var average = new WeightAverage(weights, plan);
            for (var step = 1; step <= steps; step++)
            {
                move(step);
                average.Update(step);
            }
            return average.Average.Doubles();
        },
        Holds = (average, c, at) =>
        {
            using var weights = StepCase.Weights(at);
            var seen = new List<IReadOnlyDictionary<string, double[]>>();
            var found = average(weights, new(c.Decay, c.Every), c.Steps, step =>
            {
                using (no_grad())
                    foreach (var (name, number) in weights.Names.Select((name, i) => (name, i)))
                    {
                        using var scope = NewDisposeScope();
                        weights[name].mul_(0.9).add_(at.Normal(50 * step + number, 0.3, weights[name].shape));
                    }
                if (step % c.Every == 0) seen.Add(weights.Doubles());
            });
            return Verdict.All(weights.Names.Select(name =>
            {
                double[][] values = [.. seen.Select(table => table[name])];
                return Verdict.AtMost(
                    Tolerance.Average(seen.Count, values.Max(value => value.Max(Math.Abs))),
                    found[name].LargestDifference(WeightAverageOracle.Average(values, c.Decay)), $"average of {name}, off by");
            }));
        },
        Impostors = new()
        {
            ["begins with the initial weights"] = Recursive((_, decay, _) => 1 - decay, startsAtWeights: true),
            ["begins with zeros, without a correction"] = Recursive((_, decay, _) => 1 - decay, startsAtWeights: false),
            ["decay and share are exchanged"] = Recursive(
                (updates, decay, _) => decay / (1 - Math.Pow(1 - decay, updates)), startsAtWeights: true),
            ["the correction counts from zero"] = Recursive(
                (updates, decay, _) => updates == 1 ? 1 : (1 - decay) / (1 - Math.Pow(decay, updates - 1)),
                startsAtWeights: true),
            ["the correction begins an update late"] = Recursive(
                (updates, decay, _) => (1 - decay) / (1 - Math.Pow(decay, updates + 1)), startsAtWeights: true),
            ["the mean of all"] = Recursive((updates, _, _) => 1.0 / updates, startsAtWeights: true),
            ["the last weights"] = Recursive((_, _, _) => 1, startsAtWeights: true),
            ["one step of the interval is off"] = (_, _) => (weights, plan, steps, move) => Run(
                weights, plan, steps, move, (updates, decay, _) => (1 - decay) / (1 - Math.Pow(decay, updates)), true,
                step => (step + 1) % (plan.Every + 1) == 0),
            ["the average is a view of the weights"] = (_, _) => (weights, _, steps, move) =>
            {
                for (var step = 1; step <= steps; step++) move(step);
                return weights.Doubles();
            },
        },
    };

    public static IReadOnlyList<Requirement> All => [OPT_26_Oracle];

    private static Func<WeightAverageCase, Conditions, AverageWeights> Recursive(
        Func<int, double, int, double> share, bool startsAtWeights) =>
        (_, _) => (weights, plan, steps, move) =>
            Run(weights, plan, steps, move, share, startsAtWeights, step => step % plan.Every == 0);

    // The share of the new weights is a function of the number of updates, the decay and the step.
    private static Dictionary<string, double[]> Run(
        ParameterTable weights, EmaPlan plan, int steps, Action<int> move, Func<int, double, int, double> share,
        bool startsAtWeights, Func<int, bool> isDue)
    {
        var average = weights.Names.ToDictionary(
            name => name, name => startsAtWeights ? weights[name].Doubles() : new double[weights[name].numel()]);
        var updates = 0;
        for (var step = 1; step <= steps; step++)
        {
            move(step);
            if (!isDue(step)) continue;
            var part = share(++updates, plan.Decay, step);
            foreach (var name in weights.Names)
                average[name] = [.. average[name].Zip(weights[name].Doubles(), (a, w) => a + part * (w - a))];
        }
        return average;
    }
}
