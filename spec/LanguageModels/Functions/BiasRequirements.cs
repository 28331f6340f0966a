using TurkishLlm.Specification.LanguageModels.Oracles;
using TurkishLlm.Specification.LanguageModels.Reference;
using static TorchSharp.torch;

namespace TurkishLlm.Specification.LanguageModels.Functions;

/// <summary>The requirements of linear biases and of the mask: P21–P25, ATT-01, ATT-02.</summary>
public static partial class BiasRequirements
{
    /// <summary>P24.</summary>
    public static Requirement<BiasCase, BiasFunction> LinearPenalty { get; } = new()
    {
        Id = "P24",
        Statement = "The bias of a key is minus its head's slope times the distance, at every distance.",
        Source = "Press et al. 2022, section 3; reference report, section 11, test 24; BUG-NUM-01",
        CanonicalCases = [new(8, 300, 300), new(6, 5, 290)],
        Subject = Plain(LayerBug.None),
        Holds = (bias, c, _) =>
        {
            var (values, slopes) = (bias(c.Heads, c.Queries, c.Keys).Doubles(), AlibiOracle.Slopes(c.Heads));
            if (values.Length != c.Heads * c.Queries * c.Keys)
                return Verdict.Equal(c.Heads * c.Queries * c.Keys, values.Length, "elements");
            var worst = 0.0;
            for (var h = 0; h < c.Heads; h++)
                for (var q = 0; q < c.Queries; q++)
                    for (var distance = 1; distance <= c.Keys - c.Queries + q; distance++)
                    {
                        var i = c.Keys - c.Queries + q;
                        var expected = -slopes[h] * distance;
                        var off = Math.Abs(values[(h * c.Queries + q) * c.Keys + i - distance] / expected - 1);
                        worst = off > worst || double.IsNaN(off) ? off : worst;
                    }
            return Verdict.AtMost(3 * Tolerance.Float32UnitRoundoff, worst, "largest |bias ÷ (−slope·distance) − 1|");
        },
        Impostors = new()
        {
            ["sign flipped"] = Plain(LayerBug.AlibiSignFlipped),
            ["no position"] = Plain(LayerBug.NoAlibi),
            ["slopes from 2^0"] = Plain(LayerBug.SlopesFromZero),
            ["rounded to bfloat16"] = Plain(LayerBug.RoundedBias),
            ["squared distance"] = (_, at) => (h, q, k) =>
                SlopeColumn(h, at) * -(Compute(h, q, k, at) / SlopeColumn(h, at)).square(),
            ["distance clamped at 256"] = (_, at) => (h, q, k) =>
                Compute(h, q, k, at).maximum(SlopeColumn(h, at) * -256),
        },
    };

    /// <summary>P25.</summary>
    public static Requirement<BiasCase, BiasFunction> LongerThanTrained { get; } = new()
    {
        Id = "P25",
        Statement = "Beyond the trained length (the queries of the case) the bias follows the same rule, and the bias within it "
            + "keeps its bits.",
        Source = "Press et al. 2022: train short, test long; reference report, section 11, test 25",
        CanonicalCases = [new(4, 16, 40), new(6, 9, 36)],
        Subject = Plain(LayerBug.None),
        Holds = (bias, c, _) =>
        {
            var (trained, longer) = (bias(c.Heads, c.Queries, c.Queries), bias(c.Heads, c.Keys, c.Keys));
            var oracle = AlibiOracle.Bias(c.Heads, c.Keys);
            return Verdict.All(
                Verdict.AtMost(
                    0, longer.narrow(1, 0, c.Queries).narrow(2, 0, c.Queries).LargestDifference(trained),
                    "change inside the trained length"),
                Verdict.AtMost(
                    3 * Tolerance.Float32UnitRoundoff, longer.ElementwiseRelativeTo(oracle),
                    "largest relative difference from the rule"));
        },
        Impostors = new()
        {
            ["distance clamped at the trained length"] = (c, at) => (h, q, k) =>
            {
                var bias = Compute(h, q, k, at);
                return where(bias.isinf(), bias, bias.maximum(SlopeColumn(h, at) * -(c.Queries - 1)));
            },
            ["slopes stretched to the length"] = (c, at) => (h, q, k) =>
                Compute(h, q, k, at) * ((double)c.Queries / k),
            ["positions wrap at the trained length"] = (c, at) => (h, q, k) =>
            {
                var bias = Compute(h, q, k, at);
                var distance = -bias.masked_fill(bias.isinf(), 0) / SlopeColumn(h, at);
                var wrapped = distance - (distance / c.Queries).floor() * c.Queries;
                return where(bias.isinf(), bias, wrapped * -SlopeColumn(h, at));
            },
        },
    };

    /// <summary>ATT-01.</summary>
    public static Requirement<BiasCase, BiasFunction> Distinct { get; } = new()
    {
        Id = "ATT-01",
        Statement = "The bias is float32, and no two distances of a row have the same value.",
        Source = "BUG-ATT-08, BUG-ATT-09, BUG-NUM-01: in bfloat16 1,024 distances at slope 1/2 have 513 values",
        CanonicalCases = [new(8, 1, 700), new(6, 3, 520)],
        Subject = Plain(LayerBug.None),
        Holds = (bias, c, _) =>
        {
            var made = bias(c.Heads, c.Queries, c.Keys);
            var row = made.Doubles().AsSpan((c.Queries - 1) * c.Keys, c.Keys).ToArray();
            return Verdict.All(
                Verdict.Equal(float32, made.dtype, "number type"),
                Verdict.Equal(c.Keys, row.Distinct().Count(), "distinct values in the last row of the first head"));
        },
        Impostors = new()
        {
            ["rounded to bfloat16"] = Plain(LayerBug.RoundedBias),
            ["cast with the model"] = (_, at) => (h, q, k) => Compute(h, q, k, at).to(bfloat16),
            ["positions in bfloat16"] = (_, at) => (h, q, k) =>
                SlopeColumn(h, at)
                * (
                    arange(0, k, dtype: float32, device: at.Device).to(bfloat16).to(float32).view(1, -1)
                    - arange(k - q, k, dtype: float32, device: at.Device).to(bfloat16).to(float32).view(-1, 1)),
        },
    };

    /// <summary>All of them; their subject is a bias of plain operators.</summary>
    public static IReadOnlyList<Requirement<BiasCase, BiasFunction>> All =>
        [Shape, HardMask, ZeroDiagonal, LinearPenalty, LongerThanTrained, Distinct, LastRows];

    private static Func<BiasCase, Conditions, BiasFunction> Plain(LayerBug bug) => (_, at) => (heads, queries, keys) =>
        new ReferenceAttention(heads, heads, Alibi: true, at.NumberType, bug).Bias(queries, keys, at.Device);

    private static Tensor Compute(int heads, int queries, int keys, Conditions at) =>
        new ReferenceAttention(heads, heads, Alibi: true, at.NumberType).Bias(queries, keys, at.Device);

    private static Tensor SlopeColumn(int heads, Conditions at) =>
        tensor(AlibiOracle.Slopes(heads).Select(slope => (float)slope).ToArray()).to(at.Device).view(heads, 1, 1);
}
