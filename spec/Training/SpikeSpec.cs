using TurkishLlm.Spec.Oracles;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Training.Safety;

namespace TurkishLlm.Spec.Training;

/// <summary>Computes the robust z-score of every value by the values before it.</summary>
public delegate IReadOnlyList<double?> ComputeZScores(IReadOnlyList<double> values);

/// <summary>The losses of a run: falling, with noise, and with two spikes near each other.</summary>
/// <param name="Window">Length of the window, in steps.</param>
/// <param name="Steps">Steps of the run.</param>
public sealed record SpikeCase(int Window, int Steps)
{
    internal IReadOnlyList<double> Values(Conditions at)
    {
        var random = new Random((int)(at.Seed % int.MaxValue));
        return [.. Enumerable.Range(0, Steps).Select(i =>
            4 + 6 * Math.Exp(-i / 15.0) + 0.3 * random.NextDouble() + (i == Steps / 2 || i == Steps / 2 + 2 ? 5 : 0))];
    }
}

/// <summary>Detection of loss spikes: SAF-01.</summary>
public static class SpikeSpec
{
    public static readonly Requirement<SpikeCase, ComputeZScores> SAF_01_OnlyThePast = new()
    {
        Id = "SAF-01",
        Statement = "The z-score of a step is computed over the window of steps before it: neither the step itself nor a later "
            + "step is in it, and there is no z-score before the window is full.",
        Source = "Karpathy's llm.c, llmc/outlier_detector.h; a value in its own window of n can never pass √(n − 1)",
        CanonicalCases = [new(Window: 8, Steps: 40), new(Window: 25, Steps: 70)],
        Subject = (c, _) => values =>
        {
            var window = new SpikeWindow(c.Window, []);
            return [.. values.Select(value =>
            {
                var z = window.GetZScore(value);
                window.Add(value);
                return z;
            })];
        },
        Holds = (scores, c, at) =>
        {
            var values = c.Values(at);
            var found = scores(values);
            return Verdict.All(values.Select((value, i) =>
            {
                if (i < c.Window)
                    return Verdict.Equal(
                        false, found[i].HasValue, $"z-score of step {i + 1}, exists before the window is full");
                var expected = ZScoreOracle.Of(value, [.. values.Skip(i - c.Window).Take(c.Window)]);
                return Verdict.AtMost(
                    1e-9 * (1 + Math.Abs(expected)), Math.Abs(found[i] - expected ?? double.NaN),
                    $"|Δ| of the z-score of step {i + 1}");
            }));
        },
        Impostors = new()
        {
            ["the step is in its own window"] = (c, _) =>
                WithWindow(c, (values, i) => values.Skip(i - c.Window + 1).Take(c.Window)),
            ["half of the window is ahead"] = (c, _) =>
                WithWindow(c, (values, i) => values.Skip(i - c.Window / 2).Take(c.Window)),
            ["all steps since the first"] = (c, _) => WithWindow(c, (values, i) => values.Take(i)),
            ["a window one step too short"] = (c, _) =>
                WithWindow(c, (values, i) => values.Skip(i - c.Window + 1).Take(c.Window - 1)),
            ["from the second value on"] = (c, _) => values => [.. values.Select((value, i) =>
                i < 2
                    ? (double?)null
                    : ZScoreOracle.Of(
                        value,
                        [.. values.Skip(Math.Max(0, i - c.Window)).Take(Math.Min(i, c.Window))])),
    ],
            ["divided by n − 1"] = (c, _) => values => [.. values.Select((value, i) =>
                i < c.Window
                    ? (double?)null
                    : ZScoreOracle.Of(value, [.. values.Skip(i - c.Window).Take(c.Window)])
                        * Math.Sqrt((c.Window - 1.0) / c.Window)),
    ],
            ["without its sign"] = (c, _) => values => [.. values.Select((value, i) =>
                i < c.Window ? (double?)null : Math.Abs(ZScoreOracle.Of(value, [.. values.Skip(i - c.Window).Take(c.Window)])))],
        },
    };

    /// <summary>All requirements of this class.</summary>
    public static IReadOnlyList<Requirement> All => [SAF_01_OnlyThePast];

    private static ComputeZScores WithWindow(SpikeCase c, Func<IReadOnlyList<double>, int, IEnumerable<double>> window) =>
        values => [.. values.Select((value, i) => i < c.Window ? (double?)null : ZScoreOracle.Of(value, [.. window(values, i)]))];
}
