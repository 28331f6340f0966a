using TurkishLlm.Specification.LanguageModels.Oracles;

namespace TurkishLlm.Specification.LanguageModels.Functions;

/// <summary>The requirements of a warm-up and a line: OPT-19.</summary>
public static class LinearScheduleRequirements
{
    /// <summary>OPT-19.</summary>
    public static Requirement<ScheduleCase, LearningRateFunction> Linear { get; } = new()
    {
        Id = "OPT-19",
        Statement = "A linear schedule has the usual warm-up, the peak at the first step after it, falls by the same amount with "
            + "every step, and would reach the minimum one step after the last, which therefore still learns.",
        Source = "nanochat, scripts/chat_sft.py: 1 − it/num_iterations; BUG-OPT-05: a line without a clamp goes below zero",
        CanonicalCases = [new(2e-5, 0, 0, 639), new(3e-3, 1e-4, 7, 60)],
        Subject = (c, _) => n => LinearRate(c, n),
        Holds = (rate, c, _) => Verdict.All(c.Numbers(c.Steps).Concat([c.Steps + 1, 2 * c.Steps]).Select(n => Verdict.AtMost(
            1e-12 * c.Peak,
            Math.Abs(rate(n) - LinearRate(c, n)),
            FormattableString.Invariant($"error of the rate of step {n}")))),
        Impostors = new()
        {
            ["a cosine"] = (c, _) => n => c.Oracle(n),
            ["the last step has the minimum"] = (c, _) =>
                n =>
                    n <= c.Warmup ? LinearRate(c, n)
                    : n >= c.Steps ? c.Minimum
                    : c.Minimum + (c.Peak - c.Minimum) * (c.Steps - n) / (c.Steps - c.Warmup),
            ["no clamp"] = (c, _) => n =>
                n <= c.Warmup ? LinearRate(c, n) : c.Minimum + (c.Peak - c.Minimum) * (c.Steps - n + 1) / (c.Steps - c.Warmup),
            ["steps are counted from zero"] = (c, _) => n =>
                LinearRate(c, Math.Max(1, n - 1)),
            ["falls from the first step"] = (c, _) => n =>
                Math.Max(c.Minimum, c.Minimum + (c.Peak - c.Minimum) * (c.Steps - n + 0.5) / c.Steps),
        },
    };

    /// <summary>All of them; their subject is the oracle.</summary>
    public static IReadOnlyList<Requirement<ScheduleCase, LearningRateFunction>> All { get; } = [Linear];

    private static double LinearRate(ScheduleCase c, long n) =>
        LinearScheduleOracle.Rate(n, c.Peak, c.Minimum, c.Warmup, c.Steps);
}
