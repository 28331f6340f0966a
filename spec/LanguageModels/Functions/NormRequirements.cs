using TorchSharp;
using TurkishLlm.Specification.LanguageModels.Oracles;
using static TorchSharp.torch;

namespace TurkishLlm.Specification.LanguageModels.Functions;

/// <summary>The requirements of RMSNorm: P15, P16, P18, NRM-01 … NRM-04. All products are float32.</summary>
public static class NormRequirements
{
    private static IReadOnlyList<NormCase> Usual { get; } = [new(2, 5, 24, 0.003), new(3, 4, 40, 0.1, 2e-6)];

    /// <summary>P15.</summary>
    public static Requirement<NormCase, Norm> Shape { get; } = new()
    {
        Id = "P15",
        Statement = "The output of a norm has the shape of its input.",
        Source = "Reference report, section 11, test 15",
        CanonicalCases = Usual,
        Subject = Plain,
        Holds = (norm, c, at) =>
            Verdict.Equal(c.Input(at).FormatShape(), norm(c.Input(at), c.Weight(at), c.Epsilon).FormatShape(), "shape"),
        Impostors = new()
        {
            ["joins batch and time"] = (_, _) => (x, w, eps) => Scale(x, w, eps).flatten(0, 1),
            ["returns only the scale"] = (_, _) => (x, _, eps) => (x.square().mean([-1], keepdim: true) + eps).rsqrt(),
            ["returns only the last position"] = (_, _) => (x, w, eps) => Scale(x, w, eps).narrow(1, x.size(1) - 1, 1),
        },
    };

    /// <summary>P16.</summary>
    public static Requirement<NormCase, Norm> UnitScale { get; } = new()
    {
        Id = "P16",
        Statement = "With a weight of one, every output vector has a root mean square of √(m/(m+ε)), where m is the mean square "
            + "of the input.",
        Source = "Zhang & Sennrich 2019, arXiv:1910.07467, equation 4; reference report, section 11, test 16",
        CanonicalCases = Usual,
        Subject = Plain,
        Holds = (norm, c, at) =>
        {
            var x = c.Input(at);
            var squares = RowMeanSquares(x.Doubles(), c.Width);
            var normed = RowMeanSquares(norm(x, ones(c.Width, float32, at.Device), c.Epsilon).Doubles(), c.Width);
            if (squares.Length != normed.Length) return Verdict.Equal(squares.Length, normed.Length, "vectors");
            var worst = squares
                .Zip(normed, (before, after) => Math.Abs(Math.Sqrt(after * (before + c.Epsilon) / before) - 1))
                .Aggregate(0.0, Math.Max);
            return Verdict.AtMost(Tolerance.RmsNorm(ScalarType.Float32, c.Width), worst, "largest |RMS ÷ expected − 1|");
        },
        Impostors = new()
        {
            ["divides by the length"] = (_, _) => (x, w, eps) => x * (x.square().sum(-1, keepdim: true) + eps).rsqrt() * w,
            ["no root"] = (_, _) => (x, w, eps) => x / (x.square().mean([-1], keepdim: true) + eps) * w,
            ["mean square over time too"] = (_, _) => (x, w, eps) =>
                x * (x.square().mean([-2, -1], keepdim: true) + eps).rsqrt() * w,
            ["ε outside the root"] = (_, _) => EpsilonOutsideRoot,
        },
    };

    /// <summary>P18.</summary>
    public static Requirement<NormCase, Norm> ZeroInput { get; } = new()
    {
        Id = "P18",
        Statement = "A zero vector stays zero, and the gradient at it is finite: the weight over √ε.",
        Source = "Reference report, section 11, test 18",
        CanonicalCases = [new(2, 3, 24, 0), new(1, 5, 40, 0, 1e-6)],
        Subject = Plain,
        Holds = (norm, c, at) =>
        {
            var (x, w) = (zeros([c.Batch, c.Time, c.Width], float32, at.Device).requires_grad_(), c.Weight(at));
            var y = norm(x, w, c.Epsilon);
            var upstream = at.Normal(12, 1, c.Batch, c.Time, c.Width);
            (y * upstream).sum().backward();
            var expected = RmsNormOracle.Backward(x.Doubles(), w.Doubles(), c.Epsilon, upstream.Doubles()).X;
            return Verdict.All(
                Verdict.AtMost(0, y.Doubles().Select(Math.Abs).Aggregate(0.0, Math.Max), "largest |y|"),
                Verdict.AtMost(Tolerance.Model(ScalarType.Float32, 1, c.Width), x.grad!.RelativeTo(expected), "gradient"));
        },
        Impostors = new()
        {
            ["no ε"] = (_, _) => (x, w, _) => Scale(x, w, 0),
            ["ε added to the input"] = (_, _) => (x, w, eps) => Scale(x + eps, w, eps),
            ["ε outside the root"] = (_, _) => EpsilonOutsideRoot,
        },
    };

    /// <summary>NRM-01.</summary>
    public static Requirement<NormCase, Norm> InputUntouched { get; } = new()
    {
        Id = "NRM-01",
        Statement = "A norm does not change its input: the residual stream keeps its bits.",
        Source = "BUG-NRM-01; GeeeekExplorer/nano-vllm #170",
        CanonicalCases = Usual,
        Subject = Plain,
        Holds = (norm, c, at) =>
        {
            using var grad = no_grad();
            var (x, before) = (c.Input(at), c.Input(at));
            norm(x, c.Weight(at), c.Epsilon);
            return Verdict.AtMost(0, x.LargestDifference(before), "largest change of the input");
        },
        Impostors = new()
        {
            ["scales in place"] = (_, _) => (x, w, eps) => x.mul_((x.square().mean([-1], keepdim: true) + eps).rsqrt()).mul(w),
            ["centers in place"] = (_, _) => (x, w, eps) => Scale(x.sub_(x.mean([-1], keepdim: true)), w, eps),
        },
    };

    /// <summary>NRM-02.</summary>
    public static Requirement<NormCase, Norm> Oracle { get; } = new()
    {
        Id = "NRM-02",
        Statement = "Every element equals the float64 oracle, for large inputs and for inputs as small as √ε.",
        Source = "Zhang & Sennrich 2019, equation 4; BUG-NRM-05, BUG-NRM-06, BUG-NRM-07; TOL-NORM",
        CanonicalCases = Usual,
        Subject = Plain,
        Holds = (norm, c, at) =>
        {
            var (x, w) = (c.Input(at), c.Weight(at));
            return Verdict.AtMost(
                Tolerance.RmsNorm(ScalarType.Float32, c.Width),
                norm(x, w, c.Epsilon)
                    .ElementwiseRelativeTo(RmsNormOracle.Forward(x.Doubles(), w.Doubles(), c.Epsilon)),
                "largest relative difference");
        },
        Impostors = new()
        {
            ["subtracts the mean"] = (_, _) => (x, w, eps) => Scale(x - x.mean([-1], keepdim: true), w, eps),
            ["ε outside the root"] = (_, _) => EpsilonOutsideRoot,
            ["a different ε"] = (_, _) => (x, w, eps) => Scale(x, w, eps / 10),
            ["1 added to the weight"] = (_, _) => (x, w, eps) => Scale(x, w + 1, eps),
            ["no weight"] = (_, _) => (x, w, eps) => Scale(x, ones_like(w), eps),
            ["mean square over time too"] = (_, _) => (x, w, eps) =>
                x * (x.square().mean([-2, -1], keepdim: true) + eps).rsqrt() * w,
            ["statistics in bfloat16"] = (_, _) => (x, w, eps) =>
                x * (x.to(bfloat16).square().mean([-1], keepdim: true).to(float32) + eps).rsqrt() * w,
        },
    };

    /// <summary>NRM-03.</summary>
    public static Requirement<NormCase, Norm> Gradient { get; } = new()
    {
        Id = "NRM-03",
        Statement = "The gradients with respect to input and weight equal the float64 oracle's.",
        Source = "BUG-LOS-08 and BUG-NUM-09; TOL-MODEL for one layer",
        CanonicalCases = Usual,
        Subject = Plain,
        Holds = (norm, c, at) =>
        {
            var (x, w) = (c.Input(at).requires_grad_(), c.Weight(at).detach().requires_grad_());
            var upstream = at.Normal(12, 1, c.Batch, c.Time, c.Width);
            (norm(x, w, c.Epsilon) * upstream).sum().backward();
            var (dx, dw) = RmsNormOracle.Backward(x.Doubles(), w.Doubles(), c.Epsilon, upstream.Doubles());
            var allowed = Tolerance.Model(ScalarType.Float32, 1, c.Width);
            return Verdict.All(
                Verdict.AtMost(allowed, x.grad is { } byInput ? byInput.RelativeTo(dx) : double.NaN, "gradient by the input"),
                Verdict.AtMost(allowed, w.grad is { } byWeight ? byWeight.RelativeTo(dw) : double.NaN, "gradient by the weight"));
        },
        Impostors = new()
        {
            ["statistics carry no gradient"] = (_, _) => (x, w, eps) =>
                x * (x.square().mean([-1], keepdim: true) + eps).rsqrt().detach() * w,
            ["weight carries no gradient"] = (_, _) => (x, w, eps) => Scale(x, w.detach(), eps),
            ["input carries no gradient"] = (_, _) => (x, w, eps) => Scale(x.detach(), w, eps),
        },
    };

    /// <summary>NRM-04.</summary>
    public static Requirement<NormCase, Norm> OwnPositionOnly { get; } = new()
    {
        Id = "NRM-04",
        Statement = "The output at a position has the same bits regardless of what the other positions and rows contain.",
        Source = "BUG-NRM-07: the mean square over time leaks the future through one scalar",
        CanonicalCases = Usual,
        Subject = Plain,
        Holds = (norm, c, at) =>
        {
            var (x, w) = (c.Input(at), c.Weight(at));
            var other = at.Normal(13, c.Scale, c.Batch, c.Time, c.Width);
            other[0, 0] = x[0, 0];
            return Verdict.AtMost(
                0, norm(x, w, c.Epsilon)[0, 0].LargestDifference(norm(other, w, c.Epsilon)[0, 0]),
                "largest change at the position");
        },
        Impostors = new()
        {
            ["mean square over time too"] = (_, _) => (x, w, eps) =>
                x * (x.square().mean([-2, -1], keepdim: true) + eps).rsqrt() * w,
            ["mean square over the batch too"] = (_, _) => (x, w, eps) =>
                x * (x.square().mean([0, -1], keepdim: true) + eps).rsqrt() * w,
            ["mean square over time instead of features"] = (_, _) => (x, w, eps) =>
                x * (x.square().mean([-2], keepdim: true) + eps).rsqrt() * w,
        },
    };

    /// <summary>All of them, in the order of their ids; their subject is a norm of plain operators.</summary>
    public static IReadOnlyList<Requirement<NormCase, Norm>> All { get; } =
        [Shape, UnitScale, ZeroInput, InputUntouched, Oracle, Gradient, OwnPositionOnly];

    private static Norm Plain(NormCase c, Conditions at) => Scale;

    private static Tensor Scale(Tensor x, Tensor weight, double eps) =>
        x / (x.square().mean([-1], keepdim: true) + eps).sqrt() * weight;

    private static Tensor EpsilonOutsideRoot(Tensor x, Tensor weight, double eps) =>
        x / (x.square().mean([-1], keepdim: true).sqrt() + eps) * weight;

    private static double[] RowMeanSquares(double[] values, int width) =>
        [.. values.Chunk(width).Select(row => row.Average(v => v * v))];
}
