using TurkishLlm.Specification.LanguageModels.Oracles;

namespace TurkishLlm.Specification.LanguageModels.Functions;

/// <summary>The requirements of a warm-up and half a cosine: P52 … P54, OPT-06.</summary>
public static class CosineScheduleRequirements
{
    private static IReadOnlyList<ScheduleCase> Usual { get; } = [new(3e-4, 3e-5, 500, 50_000), new(3e-3, 1e-4, 7, 60)];

    /// <summary>P52.</summary>
    public static Requirement<ScheduleCase, LearningRateFunction> WarmUp { get; } = new()
    {
        Id = "P52",
        Statement = "In a warm-up of W steps the n-th step has the rate peak·n/W: the first step is not 0, and the W-th has the "
            + "peak.",
        Source = "Reference report, section 10 and section 13 (6.00e-06 at step 10, 3.00e-04 at step 500); BUG-OPT-03, "
            + "BUG-OPT-06, BUG-OPT-16",
        CanonicalCases = Usual,
        Subject = HalfCosine,
        Holds = (rate, c, _) =>
            Verdict.All(c.Numbers(c.Warmup).Select(n => Near(c.Peak * n / c.Warmup, rate(n), c, $"rate of step {n}"))),
        Impostors = new()
        {
            ["steps are counted from zero"] = (c, _) => n => c.Oracle(n - 1),
            ["one step ahead"] = (c, _) => n => c.Oracle(n + 1),
            ["stepped per micro-batch"] = (c, _) => n => c.Oracle(4 * n),
            ["no warm-up"] = (c, _) => n => CosineScheduleOracle.Rate(n, c.Peak, c.Minimum, 0, c.Steps),
            ["warm-up from the minimum"] = (c, _) => n =>
                n <= c.Warmup ? c.Minimum + (c.Peak - c.Minimum) * n / c.Warmup : c.Oracle(n),
        },
    };

    /// <summary>P53.</summary>
    public static Requirement<ScheduleCase, LearningRateFunction> EndPoint { get; } = new()
    {
        Id = "P53",
        Statement = "The last step and every step after it have the minimum.",
        Source = "Reference report, section 10; BUG-OPT-05: a cosine without a clamp climbs again",
        CanonicalCases = Usual,
        Subject = HalfCosine,
        Holds = (rate, c, _) => Verdict.All(
            new[] { c.Steps, c.Steps + 1, c.Steps + c.Steps / 2, 2 * c.Steps, 3 * c.Steps }.Select(n =>
                Near(c.Minimum, rate(n), c, $"rate of step {n}"))),
        Impostors = new()
        {
            ["no clamp"] = (c, _) => n =>
                c.Minimum + (c.Peak - c.Minimum) * (1 + Math.Cos(Math.PI * (n - c.Warmup) / (c.Steps - c.Warmup))) / 2,
            ["ends at zero"] = (c, _) => n => CosineScheduleOracle.Rate(n, c.Peak, 0, c.Warmup, c.Steps),
            ["stays at the peak"] = (c, _) => n => n <= c.Warmup ? c.Oracle(n) : c.Peak,
            ["the horizon is counted from the warm-up"] = (c, _) => n =>
                CosineScheduleOracle.Rate(n, c.Peak, c.Minimum, c.Warmup, c.Steps + c.Warmup),
        },
    };

    /// <summary>P54.</summary>
    public static Requirement<ScheduleCase, LearningRateFunction> Monotone { get; } = new()
    {
        Id = "P54",
        Statement = "The rate rises with every step of the warm-up, then falls with every step to the end, without a jump.",
        Source = "Reference report, section 11, test 54; BUG-OPT-06",
        CanonicalCases = Usual,
        Subject = HalfCosine,
        Holds = (rate, c, _) =>
        {
            var numbers = c.Numbers(c.Steps).ToList();
            var wrong = numbers
                .Zip(numbers.Skip(1))
                .Where(p =>
                    p.Second <= c.Warmup
                        ? rate(p.Second) <= rate(p.First)
                        : p.First >= c.Warmup && rate(p.Second) >= rate(p.First))
                .ToList();
            return Verdict.All(
                Verdict.Equal(0, wrong.Count, "pairs of steps in the wrong order"),
                Verdict.AtMost(2 * c.LargestChange, Math.Abs(rate(c.Warmup + 1) - rate(c.Warmup)), "jump after the warm-up"),
                Near(c.Peak, rate(c.Warmup), c, "highest rate"));
        },
        Impostors = new()
        {
            ["restarts"] = (c, _) => n => c.Oracle(n <= c.Warmup ? n : c.Warmup + (n - c.Warmup) * 3 % (c.Steps - c.Warmup)),
            ["the cosine is upside down"] = (c, _) => n => n <= c.Warmup ? c.Oracle(n) : c.Peak + c.Minimum - c.Oracle(n),
            ["constant after the warm-up"] = (c, _) => n => c.Oracle(Math.Min(n, c.Warmup)),
            ["jumps to the minimum"] = (c, _) => n => n <= c.Warmup ? c.Oracle(n) : c.Minimum * (2 - (double)n / c.Steps),
            ["no clamp on a shorter horizon"] = (c, _) => n =>
                c.Minimum + (c.Peak - c.Minimum) * (1 + Math.Cos(Math.PI * (n - c.Warmup) / (c.Steps / 2.0))) / 2,
        },
    };

    /// <summary>OPT-06.</summary>
    public static Requirement<ScheduleCase, LearningRateFunction> Oracle { get; } = new()
    {
        Id = "OPT-06",
        Statement = "Every step has the rate of the oracle: linear to the peak, half a cosine to the minimum.",
        Source = "Loshchilov & Hutter 2017, arXiv:1608.03983, equation 5; BUG-OPT-03 … BUG-OPT-07, BUG-OPT-16",
        CanonicalCases = [.. Usual, new(1e-3, 0, 0, 40)],
        Subject = HalfCosine,
        Holds = (rate, c, _) =>
            Verdict.All(c.Numbers(2 * c.Steps).Select(n => Near(c.Oracle(n), rate(n), c, $"rate of step {n}"))),
        Impostors = new()
        {
            ["linear"] = (c, _) =>
                n =>
                    n <= c.Warmup || n >= c.Steps
                        ? c.Oracle(n)
                        : c.Peak + (c.Minimum - c.Peak) * (n - c.Warmup) / (c.Steps - c.Warmup),
            ["a quarter of a cosine"] = (c, _) =>
                n =>
                    n <= c.Warmup || n >= c.Steps
                        ? c.Oracle(n)
                        : c.Minimum + (c.Peak - c.Minimum) * Math.Cos(Math.PI / 2 * (n - c.Warmup) / (c.Steps - c.Warmup)),
            ["progress is counted from the first step"] = (c, _) => n =>
                n <= c.Warmup ? c.Oracle(n) : CosineScheduleOracle.Rate(n + 1, c.Peak, c.Minimum, c.Warmup, c.Steps),
            ["stepped per micro-batch"] = (c, _) => n => c.Oracle(2 * n),
            ["multiplied by the number of processes"] = (c, _) => n =>
                CosineScheduleOracle.Rate(n, c.Peak, c.Minimum, c.Warmup, 2 * c.Steps),
        },
    };

    /// <summary>All of them, in the order of their ids; their subject is the oracle.</summary>
    public static IReadOnlyList<Requirement<ScheduleCase, LearningRateFunction>> All { get; } =
        [WarmUp, EndPoint, Monotone, Oracle];

    private static LearningRateFunction HalfCosine(ScheduleCase c, Conditions at) => n => c.Oracle(n);

    private static Verdict Near(double expected, double measured, ScheduleCase c, string what) =>
        Verdict.AtMost(
            1e-12 * c.Peak, Math.Abs(measured - expected),
            FormattableString.Invariant($"{what} = {measured:G6} for {expected:G6}, |Δ|"));
}
