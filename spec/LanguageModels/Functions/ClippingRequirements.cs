using TorchSharp;
using TorchSharp.Modules;
using TurkishLlm.Specification.LanguageModels.Oracles;
using static TorchSharp.torch;

namespace TurkishLlm.Specification.LanguageModels.Functions;

/// <summary>Clips gradients to a norm.</summary>
/// <param name="weights">The weights; all have gradients, which it scales in place.</param>
/// <param name="maxNorm">Largest norm that is not clipped.</param>
/// <returns>The norm before.</returns>
public delegate double ClipGradients(IReadOnlyList<Parameter> weights, double maxNorm);

/// <summary>A limit of the gradient norm.</summary>
/// <param name="NormFraction">The limit, as a share of the gradient's norm.</param>
public sealed record ClipCase(double NormFraction);

/// <summary>The requirements of clipping by the global norm: ACC-08, ACC-12, ACC-14.</summary>
public static class ClippingRequirements
{
    /// <summary>ACC-08.</summary>
    public static Requirement<ClipCase, ClipGradients> Oracle { get; } = new()
    {
        Id = "ACC-08",
        Statement = "A gradient above the limit is scaled to it by one factor for all weights, so that its direction is kept; "
            + "the norm before clipping is returned.",
        Source = "Pascanu et al. 2013, arXiv:1211.5063, algorithm 1; BUG-ACC-08, BUG-ACC-12",
        CanonicalCases = [new(0.25), new(0.001)],
        Subject = (_, _) => Clip,
        Holds = EqualsOracle,
        Impostors = new()
        {
            ["every weight by itself"] = (_, _) => (weights, limit) =>
                ClipEach(weights, limit, gradient => gradient.mul_(Math.Min(1, limit / gradient.norm().ToDouble()))),
            ["every element by itself"] = (_, _) => (weights, limit) =>
                ClipEach(weights, limit, gradient => gradient.clamp_(-limit, limit)),
            ["the largest element instead of the norm"] = (_, _) => (weights, limit) =>
            {
                var largest = Gradients(weights).Max(g => g.abs().max().ToDouble());
                return ClipEach(weights, limit, gradient => gradient.mul_(Math.Min(1, limit / largest)));
            },
            ["the square of the norm"] = (_, _) => (weights, limit) =>
            {
                var norm = Norm(weights);
                return ClipEach(weights, limit, gradient => gradient.mul_(Math.Min(1, limit / (norm * norm))));
            },
            ["matrices only"] = (_, _) => (weights, limit) =>
            {
                var norm = Norm(weights);
                return ClipEach(weights, limit, gradient => gradient.mul_(gradient.ndim > 1 ? Math.Min(1, limit / norm) : 1));
            },
            ["the norm of the first weight"] = (_, _) => (weights, limit) =>
            {
                var norm = Gradients(weights).First().norm().ToDouble();
                return ClipEach(weights, limit, gradient => gradient.mul_(Math.Min(1, limit / norm)));
            },
            ["does nothing"] = (_, _) => (weights, _) => Norm(weights),
            ["returns the norm after clipping"] = (_, _) => (weights, limit) =>
                Math.Min(limit, Clip(weights, limit)),
        },
    };

    /// <summary>ACC-12.</summary>
    public static Requirement<ClipCase, ClipGradients> BelowTheLimit { get; } = new()
    {
        Id = "ACC-12",
        Statement = "A gradient within the limit keeps every bit.",
        Source = "Pascanu et al. 2013, algorithm 1; BUG-ACC-08",
        CanonicalCases = [new(1.5), new(1000)],
        Subject = (_, _) => Clip,
        Holds = (clip, c, at) =>
        {
            var weights = OptimizerWeights.Create(at);
            OptimizerWeights.DrawGradients(weights, at, 1);
            var before = Values(weights);
            var norm = GradientClipOracle.Norm(before.Values);
            var returned = clip([.. weights.Values], c.NormFraction * norm);
            return Verdict.All(
                Verdict.AtMost(Allowed(before), Math.Abs(returned / norm - 1), "|norm returned ÷ norm − 1|"),
                Verdict.AtMost(
                    0, Values(weights).Select(g => g.Value.LargestDifference(before[g.Key])).Aggregate(0.0, Math.Max),
                    "largest change"));
        },
        Impostors = new()
        {
            ["always scales to the limit"] = (_, _) => (weights, limit) =>
            {
                var norm = Norm(weights);
                return ClipEach(weights, limit, gradient => gradient.mul_(limit / norm));
            },
            ["always scales to one"] = (_, _) => (weights, limit) =>
            {
                var norm = Norm(weights);
                return ClipEach(weights, limit, gradient => gradient.mul_(1 / norm));
            },
            ["the sum of the norms"] = (_, _) => (weights, _) => Gradients(weights).Sum(g => g.norm().ToDouble()),
        },
    };

    /// <summary>ACC-14.</summary>
    public static Requirement<ClipCase, ClipGradients> NotFinite { get; } = new()
    {
        Id = "ACC-14",
        Statement = "A gradient that is not finite is reported by its norm and left unchanged, so that the caller can skip the "
            + "step.",
        Source = "BUG-ACC-08: a factor of NaN makes one bad element every element",
        CanonicalCases = [new(0.5), new(0.03)],
        Subject = (_, _) => Clip,
        Holds = (clip, c, at) => Verdict.All(
            new[] { double.NaN, double.PositiveInfinity }.SelectMany(value => LeavesUnchanged(clip, c, at, value))),
        Impostors = new()
        {
            ["scales by NaN"] = (_, _) => (weights, limit) =>
            {
                var norm = Norm(weights);
                return ClipEach(weights, limit, gradient => gradient.mul_(limit / norm));
            },
            ["bad elements become zero"] = (_, _) => (weights, limit) =>
            {
                foreach (var gradient in Gradients(weights))
                    gradient.copy_(where(gradient.isfinite(), gradient, zeros_like(gradient)));
                return Clip(weights, limit);
            },
            ["norms that are not finite are skipped"] = (_, _) => (weights, limit) =>
            {
                var finite = Gradients(weights).Select(g => g.norm().ToDouble()).Where(double.IsFinite);
                return Math.Sqrt(finite.Sum(n => n * n));
            },
        },
    };

    /// <summary>All of them, in the order of their ids; their subject is clipping by plain operators.</summary>
    public static IReadOnlyList<Requirement<ClipCase, ClipGradients>> All { get; } = [Oracle, BelowTheLimit, NotFinite];

    private static Verdict EqualsOracle(ClipGradients clip, ClipCase c, Conditions at)
    {
        var weights = OptimizerWeights.Create(at);
        OptimizerWeights.DrawGradients(weights, at, 1);
        var expected = Values(weights);
        var norm = GradientClipOracle.Norm(expected.Values);
        GradientClipOracle.Clip(expected.Values, c.NormFraction * norm);
        var returned = clip([.. weights.Values], c.NormFraction * norm);
        var allowed = Allowed(expected);
        return Verdict.All(Values(weights)
            .Select(g => Verdict.AtMost(allowed, g.Value.RelativeTo(expected[g.Key]), $"gradient of {g.Key}, max|Δ| ÷ max|g|"))
            .Append(Verdict.AtMost(allowed, Math.Abs(returned / norm - 1), "|norm returned ÷ norm − 1|")));
    }

    private static IEnumerable<Verdict> LeavesUnchanged(ClipGradients clip, ClipCase c, Conditions at, double value)
    {
        var weights = OptimizerWeights.Create(at);
        OptimizerWeights.DrawGradients(weights, at, 1);
        using (no_grad()) weights["layers.1.attn.k_proj.weight"].grad!.narrow(0, 1, 1).fill_(value);
        var before = Values(weights);
        var returned = clip([.. weights.Values], c.NormFraction);
        var changed = Values(weights).Sum(g => g.Value.Zip(before[g.Key]).Count(pair => !pair.First.Equals(pair.Second)));
        yield return Verdict.Equal(false, double.IsFinite(returned), "norm is finite");
        yield return Verdict.Equal(0, changed, "elements changed");
    }

    // A sum of n squares in float32 errs by six sigma of √n roundings, its root by half, and the product by two roundings.
    private static double Allowed(Dictionary<string, double[]> gradients) =>
        (3 * Math.Sqrt(gradients.Values.Sum(g => g.Length)) + 4) * Tolerance.Float32UnitRoundoff;

    private static Dictionary<string, double[]> Values(Dictionary<string, Parameter> weights) =>
        weights.ToDictionary(weight => weight.Key, weight => weight.Value.grad!.Doubles());

    private static IEnumerable<Tensor> Gradients(IReadOnlyList<Parameter> weights) => weights.Select(weight => weight.grad!);

    private static double Clip(IReadOnlyList<Parameter> weights, double limit)
    {
        var factor = limit / (Norm(weights) + 1e-6);
        return ClipEach(weights, limit, gradient =>
        {
            if (factor is > 0 and < 1) gradient.mul_(factor);
        });
    }

    private static double Norm(IReadOnlyList<Parameter> weights) =>
        Math.Sqrt(Gradients(weights).Sum(g => g.square().sum().ToDouble()));

    private static double ClipEach(IReadOnlyList<Parameter> weights, double limit, Action<Tensor> change)
    {
        using var grad = no_grad();
        var norm = Norm(weights);
        foreach (var gradient in Gradients(weights)) change(gradient);
        return norm;
    }
}
