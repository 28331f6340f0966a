namespace TurkishLlm.Specification.LanguageModels.Functions;

/// <summary>The requirements of the slopes of linear biases: P19, P20, ATT-03.</summary>
public static class SlopeRequirements
{
    /// <summary>P19.</summary>
    public static Requirement<SlopeTable, SlopeFunction> Geometric { get; } = new()
    {
        Id = "P19",
        Statement = "Slopes are a geometric sequence: the first is 2^(−8/n), and so is the ratio of each to the one before.",
        Source = "Press et al. 2022, arXiv:2108.12409, section 3; reference report, section 11, test 19",
        CanonicalCases = [new(8), new(4), new(6)],
        Subject = (_, _) => heads => GeometricSlopes(heads, heads),
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

    /// <summary>P20.</summary>
    public static Requirement<SlopeTable, SlopeFunction> ExactSlopes { get; } = new()
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
        Subject = (_, _) => heads => GeometricSlopes(heads, heads),
        Holds = (slopes, c, _) => Verdict.SameElements([.. c.Slopes.Select(s => (float)s)], slopes(c.Heads), "slope"),
        Impostors = WrongSlopes(),
    };

    /// <summary>ATT-03.</summary>
    public static Requirement<SlopeTable, SlopeFunction> AnyHeadCount { get; } = new()
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
        Subject = (_, _) => heads => GeometricSlopes(heads, heads),
        Holds = (slopes, c, _) =>
        {
            var s = slopes(c.Heads);
            if (s.Length != c.Heads) return Verdict.Equal(c.Heads, s.Length, "slopes");
            return Verdict.AtMost(
                2 * Tolerance.Float32UnitRoundoff,
                s.Zip(c.Slopes, (a, b) => Math.Abs(a / b - 1)).Aggregate(0.0, Math.Max),
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

    /// <summary>All of them; their subject is the formula.</summary>
    public static IReadOnlyList<Requirement<SlopeTable, SlopeFunction>> All { get; } = [Geometric, ExactSlopes, AnyHeadCount];

    private static float[] GeometricSlopes(int heads, int count, int first = 1) =>
        [.. Enumerable.Range(first, count).Select(i => (float)Math.Pow(2, -8.0 * i / heads))];

    private static Impostors<SlopeTable, SlopeFunction> WrongSlopes() => new()
    {
        ["counted from zero"] = (_, _) => heads => GeometricSlopes(heads, heads, first: 0),
        ["one head more in the exponent"] = (_, _) => heads => GeometricSlopes(heads + 1, heads),
        ["last head first"] = (_, _) => heads => [.. GeometricSlopes(heads, heads).Reverse()],
        ["evenly spaced"] = (_, _) => heads => [.. Enumerable.Range(1, heads).Select(i => 1f / (i + 1))],
    };
}
