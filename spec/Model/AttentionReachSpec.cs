using TorchSharp;
using TurkishLlm.Kernels;
using TurkishLlm.Model;
using TurkishLlm.Model.Layers;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Spec.Oracles;
using TurkishLlm.Spec.Plans;
using static TorchSharp.torch;

namespace TurkishLlm.Spec.Model;

/// <summary>Applies attention to queries, keys and values that are columns of the input.</summary>
public delegate Tensor AttendToColumns(Tensor x);

/// <summary>A row in which one key has the largest score that norms allow and all others the smallest.</summary>
/// <param name="Heads">Query heads; at least three.</param>
/// <param name="KeyValueHeads">Key/value heads; divide the query heads.</param>
/// <param name="HeadSize">Features of a head.</param>
/// <param name="Time">Positions: more than the steepest slope reaches.</param>
/// <param name="Score">Largest score; the smallest is its negative.</param>
/// <param name="Type">Number type of the products.</param>
/// <param name="Kernels">The kernels that may be used; None for plain operators.</param>
public sealed record ReachCase(
    int Heads, int KeyValueHeads, int HeadSize, int Time, double Score, ComputeType Type, FusedKernels Kernels)
{
    internal int Width => Heads * HeadSize;

    internal ModelConfig Config => new(ModelConfig.MinVocabSize, Width, 1, Heads, KeyValueHeads, 8, maxSeqLen: Time);

    /// <summary>The key with the largest score, near the start, so that later queries are at every distance from it.</summary>
    internal const int HighKey = 2;
}

/// <summary>Which keys a head may skip because of their distance: ATT-11.</summary>
public static class AttentionReachSpec
{
    // The logarithm of the largest values and gradients: products with another of a few units stay below float32's largest
    // number, e^88.7.
    private const double Exponent = 82;

    public static readonly Requirement<ReachCase, AttendToColumns> ATT_11_FarKeys = new()
    {
        Id = "ATT-11",
        Statement = "A key counts with its weight however far it is, unless that weight is zero in float32: output and gradients "
            + "equal the float64 oracle's where keys far away have the largest scores.",
        Source = "BUG-ATT-21: a bound of the distance that is too small for the scores; Press et al. 2022, section 3; TOL-REACH",
        CanonicalCases =
        [
            new(8, 2, 8, 420, 6, ComputeType.Float32, FusedKernels.All),
            new(4, 4, 16, 450, 4, ComputeType.BFloat16, FusedKernels.All),
            new(6, 3, 8, 300, 5, ComputeType.Float32, FusedKernels.None),
            new(3, 1, 4, 680, 5, ComputeType.Float32, FusedKernels.All),
            new(12, 4, 8, 280, 4, ComputeType.BFloat16, FusedKernels.None),
        ],
        Subject = (c, at) =>
        {
            var weights = SelectColumns(c, at);
            var attention = new GroupedQueryAttention(weights, 0, c.Type, c.Kernels);
            return x =>
            {
                using var bias = new AlibiBiasCache(c.Heads, at.Device);
                return attention.Forward(x, bias);
            };
        },
        Holds = (attend, c, at) =>
            Verdict.All([.. Judge(attend, c, at, farValues: true), .. Judge(attend, c, at, farValues: false)]),
        Impostors = new()
        {
            ["keys with a penalty above 8 are skipped"] = WithReach((c, slope) => (8 + 2 * c.Score) / slope),
            ["keys with a penalty above 40 are skipped"] = WithReach((c, slope) => (40 + 2 * c.Score) / slope),
            ["scores do not add to the reach"] = WithReach((_, slope) => 88 / slope),
            ["every head has the reach of the steepest slope"] = WithReach((c, _) => (88 + 2 * c.Score) / Steepest(c)),
            ["no head reaches beyond a third of the row"] = WithReach((c, _) => c.Time / 3.0),
        },
    };

    public static IReadOnlyList<Requirement> All => [ATT_11_FarKeys];

    private static double Steepest(ReachCase c) => AlibiOracle.Slopes(c.Heads)[0];

    // Far values: that of the high key is so large that its tiny weight decides the outputs of queries far away. Otherwise
    // gradients grow with the distance of a query, so that those far away decide the gradients of the high key.
    private static IEnumerable<Verdict> Judge(AttendToColumns attend, ReachCase c, Conditions at, bool farValues)
    {
        var (x, gradient) = (Input(c, at, farValues), Gradient(c, at, farValues));
        var (q, k, v) = (Column(x, c, 0), Column(x, c, 1), Column(x, c, 2));
        var allowed = Tolerance.Reach(c.Type.NumberType, c.Time, Steepest(c) * c.Time + c.Score, 1.2 * c.Score);
        var expected = new FarKeyOracle(q, k, v, c.Heads, c.HeadSize, allowed).Run(gradient.Doubles());
        x.requires_grad_();
        var y = attend(x);
        (y * gradient).sum().backward();
        using var dx = x.grad;
        var what = farValues ? "values" : "gradients";
        yield return Compare(y.Doubles(), expected.Output, $"far {what}: output");
        yield return Compare(Column(dx!, c, 0), expected.Q, $"far {what}: gradient of the queries");
        yield return Compare(Column(dx!, c, 1), expected.K, $"far {what}: gradient of the keys");
        yield return Compare(Column(dx!, c, 2), expected.V, $"far {what}: gradient of the values");
    }

    private static Verdict Compare(double[] found, BoundedResult expected, string what)
    {
        var worst = 0.0;
        for (var i = 0; i < found.Length; i++)
        {
            var off = Math.Abs(found[i] - expected.Value[i]) / expected.Allowed[i];
            if (off > worst || double.IsNaN(off)) worst = off;
            if (double.IsNaN(off)) break;
        }
        return Verdict.AtMost(1, worst, $"{what}, |Δ| ÷ TOL-REACH");
    }

    // [1, t, width]: queries, keys and values, then numbers that nothing reads. All are exact in bfloat16.
    private static Tensor Input(ReachCase c, Conditions at, bool farValues)
    {
        using var scope = NewDisposeScope();
        using var grad = no_grad();
        var x = at.Normal(110, 1, c.Time, c.Width);
        var direction = at.Normal(111, 1, c.HeadSize).sign();
        var scores = full([c.Time, 1], -c.Score / Math.Sqrt(c.HeadSize), float32, at.Device);
        scores.narrow(0, ReachCase.HighKey, 1).neg_();
        Set(0, direction * (1 + 0.03 * Part(0)));
        Set(1, direction * scores * (1 + 0.03 * Part(1)));
        if (farValues) Part(2).narrow(0, ReachCase.HighKey, 1).mul_(Math.Exp(Exponent));
        return x.unsqueeze(0).to(bfloat16).to(float32).MoveToOuterDisposeScope();

        Tensor Part(int column) => x.narrow(1, column * c.HeadSize, c.HeadSize);
        void Set(int column, Tensor value) => Part(column).copy_(value);
    }

    // [1, t, width]: the gradient by the output. Far gradients grow at the rate at which the weight of the high key falls.
    private static Tensor Gradient(ReachCase c, Conditions at, bool farValues)
    {
        using var scope = NewDisposeScope();
        var gradient = at.Normal(112, 1, c.Time, c.Heads, c.HeadSize);
        if (farValues) return Round(gradient);
        var slopes = tensor(AlibiOracle.Slopes(c.Heads), float32, device: at.Device).view(1, -1, 1);
        var distance = arange(0, c.Time, dtype: float32, device: at.Device).view(-1, 1, 1);
        return Round(gradient * (slopes * distance).clamp(max: Exponent).exp());

        Tensor Round(Tensor value) => value.view(1, c.Time, c.Width).to(bfloat16).to(float32).MoveToOuterDisposeScope();
    }

    private static double[] Column(Tensor x, ReachCase c, int column) =>
        x.detach().narrow(2, column * c.HeadSize, c.HeadSize).contiguous().Doubles();

    // Projections that copy columns of the input: the queries of every head are the first ones.
    private static ParameterTable SelectColumns(ReachCase c, Conditions at) => ParameterTable.Create(c.Config, (name, shape) =>
    {
        using var scope = NewDisposeScope();
        using var grad = no_grad();
        if (shape.Length == 1) return ones(shape, float32, at.Device).MoveToOuterDisposeScope();
        int? column = name switch
        {
            "layers.0.attn.q_proj.weight" => 0,
            "layers.0.attn.k_proj.weight" => 1,
            "layers.0.attn.v_proj.weight" => 2,
            _ => null,
        };
        var heads = shape[0] / c.HeadSize;
        return column is { } first
            ? eye(c.HeadSize, c.Width, dtype: float32, device: at.Device)
                .roll(first * c.HeadSize, 1).repeat(heads, 1).MoveToOuterDisposeScope()
            : eye(shape[0], shape[1], dtype: float32, device: at.Device).MoveToOuterDisposeScope();
    });

    // Attention in float32 with plain operators, in which a head skips keys beyond a distance.
    private static Func<ReachCase, Conditions, AttendToColumns> WithReach(Func<ReachCase, double, double> reach) =>
        (c, at) => x =>
    {
        Tensor Part(int column) => x.narrow(2, column * c.HeadSize, c.HeadSize).squeeze(0);
        var slopes = AlibiOracle.Slopes(c.Heads);
        var position = arange(0, c.Time, dtype: float32, device: at.Device);
        var distance = position.view(-1, 1) - position;
        var scores = Part(0).CheckedMatmul(Part(1).t()) / Math.Sqrt(c.HeadSize);
        return stack(
                slopes.Select(slope => (scores - distance * slope)
                    .masked_fill(distance.lt(0).logical_or(distance.gt(reach(c, slope))), float.NegativeInfinity)
                    .softmax(-1)
                    .CheckedMatmul(Part(2))),
                1)
            .view(1, c.Time, c.Width);
    };
}
