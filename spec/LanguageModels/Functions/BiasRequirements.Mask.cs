using TurkishLlm.Specification.LanguageModels.Reference;
using static TorchSharp.torch;

namespace TurkishLlm.Specification.LanguageModels.Functions;

public static partial class BiasRequirements
{
    /// <summary>P21.</summary>
    public static Requirement<BiasCase, BiasFunction> Shape { get; } = new()
    {
        Id = "P21",
        Statement = "The bias is [heads, queries, keys].",
        Source = "Reference report, section 11, test 21",
        CanonicalCases = [new(4, 5, 9), new(6, 1, 7)],
        Subject = Plain(LayerBug.None),
        Holds = (bias, c, _) =>
            Verdict.Equal($"[{c.Heads}, {c.Queries}, {c.Keys}]", bias(c.Heads, c.Queries, c.Keys).FormatShape(), "shape"),
        Impostors = new()
        {
            ["keys by queries"] = (_, at) => (h, q, k) => Compute(h, q, k, at).transpose(1, 2),
            ["one bias for all heads"] = (_, at) => (h, q, k) => Compute(h, q, k, at).narrow(0, 0, 1),
            ["always square"] = (_, at) => (h, _, k) => Compute(h, k, k, at),
        },
    };

    /// <summary>P22.</summary>
    public static Requirement<BiasCase, BiasFunction> HardMask { get; } = new()
    {
        Id = "P22",
        Statement = "The causal mask is hard: every later key is −∞ and every other key is finite, regardless of the distance.",
        Source = "Reference report, section 11: transposed distances gave future positions a soft penalty; BUG-ATT-04, "
            + "BUG-ATT-11",
        CanonicalCases = [new(4, 2, 2), new(8, 19, 19), new(6, 5, 11), new(4, 64, 64)],
        Subject = Plain(LayerBug.None),
        Holds = (bias, c, _) =>
        {
            var values = bias(c.Heads, c.Queries, c.Keys).Doubles();
            if (values.Length != c.Heads * c.Queries * c.Keys)
                return Verdict.Equal(c.Heads * c.Queries * c.Keys, values.Length, "elements");
            for (var index = 0; index < values.Length; index++)
            {
                var (i, j) = (c.Keys - c.Queries + index / c.Keys % c.Queries, index % c.Keys);
                if (j > i ? !double.IsNegativeInfinity(values[index]) : !double.IsFinite(values[index]))
                    return Verdict.That(
                        false,
                        FormattableString.Invariant(
                            $"key {j} for query {i} is {values[index]}, required {(j > i ? "−∞" : "finite")}"));
            }
            return Verdict.That(
                true,
                FormattableString.Invariant($"{values.Length} elements are −∞ exactly where the key is later"));
        },
        Impostors = new()
        {
            ["distances transposed: the future gets −slope·(j−i)"] = Plain(LayerBug.TransposedDistances),
            ["penalty in place of the mask"] = Plain(LayerBug.SoftFuture),
            ["sees one ahead"] = Plain(LayerBug.SeesOneAhead),
            ["no mask"] = Plain(LayerBug.NoMask),
            ["−10000 in place of −∞"] = (_, at) => (h, q, k) => Compute(h, q, k, at).clamp(min: -10_000),
            ["mask inverted"] = (_, at) => (h, q, k) =>
            {
                var bias = Compute(h, q, k, at);
                return zeros_like(bias).masked_fill(bias.isfinite(), double.NegativeInfinity);
            },
        },
    };

    /// <summary>P23.</summary>
    public static Requirement<BiasCase, BiasFunction> ZeroDiagonal { get; } = new()
    {
        Id = "P23",
        Statement = "The bias of a position for itself is 0.",
        Source = "Reference report, section 11, test 23",
        CanonicalCases = [new(4, 9, 9), new(6, 17, 17)],
        Subject = Plain(LayerBug.None),
        Holds = (bias, c, _) =>
        {
            var values = bias(c.Heads, c.Queries, c.Keys).Doubles();
            if (values.Length != c.Heads * c.Queries * c.Keys)
                return Verdict.Equal(c.Heads * c.Queries * c.Keys, values.Length, "elements");
            var diagonal = Enumerable
                .Range(0, c.Heads * c.Keys)
                .Select(n => values[n / c.Keys * c.Keys * c.Keys + n % c.Keys * (c.Keys + 1)]);
            return Verdict.AtMost(0, diagonal.Select(Math.Abs).Aggregate(0.0, Math.Max), "largest |bias| on the diagonal");
        },
        Impostors = new()
        {
            ["distances from one"] = (_, at) => (h, q, k) => Compute(h, q, k, at) - SlopeColumn(h, at),
            ["grows with the key"] = (_, at) =>
                (h, q, k) =>
                    Compute(h, q, k, at)
                    + SlopeColumn(h, at) * arange(0, k, dtype: float32, device: at.Device).view(-1, 1),
            ["the mask covers the diagonal"] = (_, at) =>
                (h, q, k) =>
                    Compute(h, q, k, at)
                        .masked_fill(eye(k, dtype: @bool, device: at.Device), double.NegativeInfinity),
        },
    };

    /// <summary>ATT-02.</summary>
    public static Requirement<BiasCase, BiasFunction> LastRows { get; } = new()
    {
        Id = "ATT-02",
        Statement = "With fewer queries than keys the bias is the last rows of the full bias, bit for bit.",
        Source = "BUG-ATT-07 and BUG-ATT-12: a mask aligned at the first key, a single query with a bias that broadcasts to zero",
        CanonicalCases = [new(4, 1, 9), new(6, 3, 17), new(8, 7, 8)],
        Subject = Plain(LayerBug.None),
        Holds = (bias, c, _) => Verdict.AtMost(
            0,
            bias(c.Heads, c.Queries, c.Keys)
                .LargestDifference(bias(c.Heads, c.Keys, c.Keys).narrow(1, c.Keys - c.Queries, c.Queries)),
            "largest difference"),
        Impostors = new()
        {
            ["aligned at the first key"] = (_, at) => (h, q, k) => Compute(h, k, k, at).narrow(1, 0, q),
            ["zero for fewer queries"] = (_, at) => (h, q, k) =>
                q < k ? zeros([h, q, k], float32, at.Device) : Compute(h, q, k, at),
        },
    };
}
