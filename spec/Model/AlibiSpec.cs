using TorchSharp;
using TurkishLlm.Model;
using TurkishLlm.Model.Layers;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Spec.Impostors;
using TurkishLlm.Spec.Oracles;
using TurkishLlm.Spec.Plans;
using static TorchSharp.torch;

namespace TurkishLlm.Spec.Model;

/// <summary>What is added to the scores, <c>[heads, queries, keys]</c>.</summary>
public delegate Tensor BiasFunction(int heads, int queries, int keys);

/// <summary>Sizes of a bias.</summary>
/// <param name="Heads">Query heads.</param>
/// <param name="Queries">Query positions, the last ones of the keys.</param>
/// <param name="Keys">Key positions.</param>
public sealed record BiasCase(int Heads, int Queries, int Keys)
{
    /// <summary>The heads of the run's model, and its length or more keys than bfloat16 can count.</summary>
    internal static IReadOnlyList<BiasCase> FromPlan(Conditions at) =>
        [new(at.Model.NHeads, 5, Math.Max(600, at.Model.MaxSeqLen))];
}

/// <summary>Slopes computed by hand.</summary>
/// <param name="Heads">Query heads.</param>
/// <param name="Slopes">In the order of the heads.</param>
public sealed record SlopeTable(int Heads, params IReadOnlyList<double> Slopes)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Heads} heads";
}

/// <summary>Position by linear biases, and the mask: P19–P25, ATT-01 … ATT-03.</summary>
public static class AlibiSpec
{
    private static readonly IReadOnlyList<BiasCase> Square = [new(4, 9, 9), new(6, 17, 17)];

    public static readonly Requirement<SlopeTable, Func<int, float[]>> P19_Geometric = new()
    {
        Id = "P19",
        Statement = "Slopes are a geometric sequence: the first is 2^(−8/n), and so is the ratio of each to the one before.",
        Source = "Press et al. 2022, arXiv:2108.12409, section 3; reference report, section 11, test 19",
        CanonicalCases = [new(8), new(4), new(6)],
        PlanCases = at => [new(at.Model.NHeads)],
        Subject = (_, _) => Alibi.ComputeSlopes,
        Holds = (slopes, c, _) =>
        {
            var s = slopes(c.Heads);
            var ratio = Math.Pow(2, -8.0 / c.Heads);
            var worst = s.Select((slope, i) => Math.Abs(slope / (ratio * (i == 0 ? 1 : s[i - 1])) - 1)).Aggregate(0.0, Math.Max);
            return Verdict.All(
                Verdict.Equal(c.Heads, s.Length, "slopes"),
                Verdict.AtMost(2 * Tolerance.Float32UnitRoundoff, worst, "largest |ratio ÷ 2^(−8/n) − 1|"));
        },
        Impostors = WrongSlopes(),
    };

    public static readonly Requirement<SlopeTable, Func<int, float[]>> P20_ExactSlopes = new()
    {
        Id = "P20",
        Statement = "For 8 heads the slopes are exactly 1/2, 1/4 … 1/256; those for 4 and 16 heads are exact too.",
        Source = "Press et al. 2022, section 3; reference report, section 3; BUG-ATT-02",
        CanonicalCases =
        [
            new(8, 0.5, 0.25, 0.125, 0.0625, 0.03125, 0.015625, 0.0078125, 0.00390625),
            new(4, 0.25, 0.0625, 0.015625, 0.00390625),
            new(16, 0.7071067811865476, 0.5, 0.3535533905932738, 0.25, 0.1767766952966369, 0.125, 0.08838834764831845, 0.0625,
                0.044194173824159216,
                0.03125, 0.022097086912079608, 0.015625, 0.011048543456039804, 0.0078125, 0.005524271728019902, 0.00390625),
        ],
        Subject = (_, _) => Alibi.ComputeSlopes,
        Holds = (slopes, c, _) => Verdict.SameElements([.. c.Slopes.Select(s => (float)s)], slopes(c.Heads), "slope"),
        Impostors = WrongSlopes(),
    };

    public static readonly Requirement<BiasCase, BiasFunction> P21_Shape = new()
    {
        Id = "P21",
        Statement = "The bias is [heads, queries, keys].",
        Source = "Reference report, section 11, test 21",
        CanonicalCases = [new(4, 5, 9), new(6, 1, 7)],
        PlanCases = at => [new(at.Model.NHeads, 5, 9)],
        Subject = Real,
        Holds = (bias, c, _) =>
            Verdict.Equal($"[{c.Heads}, {c.Queries}, {c.Keys}]", bias(c.Heads, c.Queries, c.Keys).FormatShape(), "shape"),
        Impostors = new()
        {
            ["keys by queries"] = (_, at) => (h, q, k) => Alibi.ComputeBias(h, q, k, at.Device).transpose(1, 2),
            ["one bias for all heads"] = (_, at) => (h, q, k) => Alibi.ComputeBias(h, q, k, at.Device).narrow(0, 0, 1),
            ["always square"] = (_, at) => (h, _, k) => Alibi.ComputeBias(h, k, k, at.Device),
        },
    };

    public static readonly Requirement<BiasCase, BiasFunction> P22_HardMask = new()
    {
        Id = "P22",
        Statement = "The causal mask is hard: every later key is −∞ and every other key is finite, regardless of the distance.",
        Source = "Reference report, section 11: transposed distances gave future positions a soft penalty; BUG-ATT-04, BUG-ATT-11"
,
        CanonicalCases = [new(4, 2, 2), new(8, 19, 19), new(6, 5, 11), new(4, 64, 64)],
        PlanCases = at => [new(at.Model.NHeads, 19, Math.Max(19, at.Model.MaxSeqLen))],
        Subject = Real,
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
            ["distances transposed: the future gets −slope·(j−i)"] = Planted(PlantedBug.TransposedDistances),
            ["penalty in place of the mask"] = Planted(PlantedBug.SoftFuture),
            ["sees one ahead"] = Planted(PlantedBug.SeesOneAhead),
            ["no mask"] = Planted(PlantedBug.NoMask),
            ["−10000 in place of −∞"] = (_, at) => (h, q, k) => Alibi.ComputeBias(h, q, k, at.Device).clamp(min: -10_000),
            ["mask inverted"] = (_, at) => (h, q, k) =>
            {
                var bias = Alibi.ComputeBias(h, q, k, at.Device);
                return zeros_like(bias).masked_fill(bias.isfinite(), double.NegativeInfinity);
            },
        },
    };

    public static readonly Requirement<BiasCase, BiasFunction> P23_ZeroDiagonal = new()
    {
        Id = "P23",
        Statement = "The bias of a position for itself is 0.",
        Source = "Reference report, section 11, test 23",
        CanonicalCases = Square,
        PlanCases = at => [new(at.Model.NHeads, 17, 17)],
        Subject = Real,
        Holds = (bias, c, _) =>
        {
            var values = bias(c.Heads, c.Queries, c.Keys).Doubles();
            var diagonal = Enumerable
                .Range(0, c.Heads * c.Keys)
                .Select(n => values[n / c.Keys * c.Keys * c.Keys + n % c.Keys * (c.Keys + 1)]);
            return Verdict.AtMost(0, diagonal.Select(Math.Abs).Aggregate(0.0, Math.Max), "largest |bias| on the diagonal");
        },
        Impostors = new()
        {
            ["distances from one"] = (_, at) => (h, q, k) => Alibi.ComputeBias(h, q, k, at.Device) - SlopeColumn(h, at),
            ["grows with the key"] = (_, at) =>
                (h, q, k) =>
                    Alibi.ComputeBias(h, q, k, at.Device)
                    + SlopeColumn(h, at) * arange(0, k, dtype: float32, device: at.Device).view(-1, 1),
            ["the mask covers the diagonal"] = (_, at) =>
                (h, q, k) =>
                    Alibi
                        .ComputeBias(h, q, k, at.Device)
                        .masked_fill(eye(k, dtype: @bool, device: at.Device), double.NegativeInfinity),
        },
    };

    public static readonly Requirement<BiasCase, BiasFunction> P24_LinearPenalty = new()
    {
        Id = "P24",
        Statement = "The bias of a key is minus its head's slope times the distance, at every distance.",
        Source = "Press et al. 2022, section 3; reference report, section 11, test 24; BUG-NUM-01",
        CanonicalCases = [new(8, 300, 300), new(6, 5, 290)],
        PlanCases = BiasCase.FromPlan,
        Subject = Real,
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
            ["sign flipped"] = Planted(PlantedBug.AlibiSignFlipped),
            ["no position"] = Planted(PlantedBug.NoAlibi),
            ["slopes from 2^0"] = Planted(PlantedBug.SlopesFromZero),
            ["rounded to bfloat16"] = Planted(PlantedBug.RoundedBias),
            ["squared distance"] = (_, at) => (h, q, k) =>
                SlopeColumn(h, at) * -(Alibi.ComputeBias(h, q, k, at.Device) / SlopeColumn(h, at)).square(),
            ["distance clamped at 256"] = (_, at) => (h, q, k) =>
                Alibi.ComputeBias(h, q, k, at.Device).maximum(SlopeColumn(h, at) * -256),
        },
    };

    public static readonly Requirement<BiasCase, BiasFunction> P25_LongerThanTrained = new()
    {
        Id = "P25",
        Statement = "Beyond the trained length (the queries of the case) the bias follows the same rule, and the bias within it "
            + "keeps its bits.",
        Source = "Press et al. 2022: train short, test long; reference report, section 11, test 25",
        CanonicalCases = [new(4, 16, 40), new(6, 9, 36)],
        PlanCases = at => [new(at.Model.NHeads, 16, 40)],
        Subject = Real,
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
                var bias = Alibi.ComputeBias(h, q, k, at.Device);
                return where(bias.isinf(), bias, bias.maximum(SlopeColumn(h, at) * -(c.Queries - 1)));
            },
            ["slopes stretched to the length"] = (c, at) => (h, q, k) =>
                Alibi.ComputeBias(h, q, k, at.Device) * ((double)c.Queries / k),
            ["positions wrap at the trained length"] = (c, at) => (h, q, k) =>
            {
                var bias = Alibi.ComputeBias(h, q, k, at.Device);
                var distance = -bias.masked_fill(bias.isinf(), 0) / SlopeColumn(h, at);
                var wrapped = distance - (distance / c.Queries).floor() * c.Queries;
                return where(bias.isinf(), bias, wrapped * -SlopeColumn(h, at));
            },
        },
    };

    public static readonly Requirement<BiasCase, BiasFunction> ATT_01_Distinct = new()
    {
        Id = "ATT-01",
        Statement = "The bias is float32, and no two distances of a row have the same value.",
        Source = "BUG-ATT-08, BUG-ATT-09, BUG-NUM-01: in bfloat16 1,024 distances at slope 1/2 have 513 values",
        CanonicalCases = [new(8, 1, 700), new(6, 3, 520)],
        PlanCases = BiasCase.FromPlan,
        Subject = Real,
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
            ["rounded to bfloat16"] = Planted(PlantedBug.RoundedBias),
            ["cast with the model"] = (_, at) => (h, q, k) => Alibi.ComputeBias(h, q, k, at.Device).to(bfloat16),
            ["positions in bfloat16"] = (_, at) => (h, q, k) =>
                SlopeColumn(h, at)
                * (
                    arange(0, k, dtype: float32, device: at.Device).to(bfloat16).to(float32).view(1, -1)
                    - arange(k - q, k, dtype: float32, device: at.Device).to(bfloat16).to(float32).view(-1, 1)),
        },
    };

    public static readonly Requirement<BiasCase, BiasFunction> ATT_02_LastRows = new()
    {
        Id = "ATT-02",
        Statement = "With fewer queries than keys the bias is the last rows of the full bias, bit for bit.",
        Source = "BUG-ATT-07 and BUG-ATT-12: a mask aligned at the first key, a single query with a bias that broadcasts to zero",
        CanonicalCases = [new(4, 1, 9), new(6, 3, 17), new(8, 7, 8)],
        PlanCases = at => [new(at.Model.NHeads, 3, 17)],
        Subject = Real,
        Holds = (bias, c, _) => Verdict.AtMost(
            0,
            bias(c.Heads, c.Queries, c.Keys)
                .LargestDifference(bias(c.Heads, c.Keys, c.Keys).narrow(1, c.Keys - c.Queries, c.Queries)),
            "largest difference"),
        Impostors = new()
        {
            ["aligned at the first key"] = (_, at) => (h, q, k) => Alibi.ComputeBias(h, k, k, at.Device).narrow(1, 0, q),
            ["zero for fewer queries"] = (_, at) => (h, q, k) =>
                q < k ? zeros([h, q, k], float32, at.Device) : Alibi.ComputeBias(h, q, k, at.Device),
        },
    };

    public static readonly Requirement<SlopeTable, Func<int, float[]>> ATT_03_AnyHeadCount = new()
    {
        Id = "ATT-03",
        Statement = "The rule 2^(−8i/n) holds for head counts that are not powers of two.",
        Source = "BUG-ATT-03: programs differ here; reference report, section 3",
        CanonicalCases =
        [
            new(6, 0.39685026299204984, 0.15749013123685915, 0.0625, 0.024803141437003122, 0.009843133202303697, 0.00390625),
            new(12, 0.6299605249474366, 0.3968502629920499, 0.25, 0.15749013123685915, 0.0992125657480125, 0.0625,
                0.03937253280921479, 0.024803141437003122, 0.015625, 0.009843133202303697, 0.006200785359250781, 0.00390625),
        ],
        Subject = (_, _) => Alibi.ComputeSlopes,
        Holds = (slopes, c, _) =>
        {
            var s = slopes(c.Heads);
            if (s.Length != c.Heads) return Verdict.Equal(c.Heads, s.Length, "slopes");
            return Verdict.AtMost(
                2 * Tolerance.Float32UnitRoundoff,
                s.Zip(c.Slopes, (a, b) => Math.Abs(a / b - 1)).Max(),
                "largest |slope ÷ written − 1|");
        },
        Impostors = new(WrongSlopes())
        {
            ["the next power of two, interleaved"] = (_, _) => heads =>
            {
                var power = 1 << (int)Math.Log2(heads);
                return
                [
                    .. GeometricSlopes(power, power),
                    .. GeometricSlopes(2 * power, 2 * power).Where((_, i) => i % 2 == 0).Take(heads - power),
                ];
            },
        },
    };

    public static IReadOnlyList<Requirement> All =>
        [
            P19_Geometric, P20_ExactSlopes, P21_Shape, P22_HardMask, P23_ZeroDiagonal, P24_LinearPenalty, P25_LongerThanTrained,
            ATT_01_Distinct, ATT_02_LastRows, ATT_03_AnyHeadCount,
        ];

    private static BiasFunction Real(BiasCase c, Conditions at) =>
        (heads, queries, keys) => Alibi.ComputeBias(heads, queries, keys, at.Device);

    private static Func<BiasCase, Conditions, BiasFunction> Planted(PlantedBug bug) => (c, at) => (heads, queries, keys) =>
    {
        var config = new ModelConfig(ModelConfig.MinVocabSize, heads, 1, heads, heads, 1, keys);
        using var weights = ParameterTable.Create(config, (_, shape) => empty(shape, float32, META));
        using var model = new PlantedModel(weights, bug, at.ComputeType);
        return model.Bias(queries, keys, at.Device);
    };

    private static Tensor SlopeColumn(int heads, Conditions at) =>
        tensor(Alibi.ComputeSlopes(heads)).to(at.Device).view(heads, 1, 1);

    private static IEnumerable<float> GeometricSlopes(int heads, int count, int first = 1) =>
        Enumerable.Range(first, count).Select(i => (float)Math.Pow(2, -8.0 * i / heads));

    private static Impostors<SlopeTable, Func<int, float[]>> WrongSlopes() => new()
    {
        ["counted from zero"] = (_, _) => heads => [.. GeometricSlopes(heads, heads, first: 0)],
        ["one head more in the exponent"] = (_, _) => heads => [.. GeometricSlopes(heads + 1, heads)],
        ["last head first"] = (_, _) => heads => [.. GeometricSlopes(heads, heads).Reverse()],
        ["evenly spaced"] = (_, _) => heads => [.. Enumerable.Range(1, heads).Select(i => 1f / (i + 1))],
    };
}
