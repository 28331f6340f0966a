using FluentAssertions;
using TorchSharp;
using TurkishLlm.Kernels;
using TurkishLlm.Tests.Unit.Training;
using static TorchSharp.torch;

namespace TurkishLlm.Tests.Unit.Kernels;

/// <summary>
/// Makes invalid calls of the fused operators: they read memory by address, so only their own checks can detect errors.
/// </summary>
[Collection(nameof(NonParallel))]
[Trait("Suite", "Fast")]
public sealed class InvalidKernelCallTests : IDisposable
{
    private const string Reason = "the fused operators of the CPU are not there";
    private readonly DisposeScope _scope = NewDisposeScope();

    /// <summary>True if the CPU has fused operators.</summary>
    public static bool HasKernels
    {
        get
        {
            using var x = randn([2, 8]);
            return FusedOperators.CanUse(FusedKernels.All, FusedKernels.Linear, x);
        }
    }

    public static TheoryData<string> Names
    {
        get
        {
            using var scope = NewDisposeScope();
            return [.. Calls().Keys];
        }
    }

    public void Dispose() => _scope.Dispose();

    [Theory(Skip = Reason, SkipUnless = nameof(HasKernels))]
    [MemberData(nameof(Names))]
    public void Is_refused_with_both_shapes(string name)
    {
        Calls()[name].AssertRefused();
        // Valid inputs still give the correct result.
        var (x, weight) = (randn([3, 8]), randn([5, 8]));
        var exact = x.to(float64).mm(weight.to(float64).t());
        var product = FusedOperators.Linears(x, [weight], inBFloat16: false)[0];
        (product.to(float64) - exact).abs().max().ToDouble().Should().BeLessThan(1e-5);
    }

    private static Dictionary<string, InvalidCall> Calls()
    {
        Tensor x = randn([2, 3, 8]), weight = randn([5, 8]);
        Tensor q = randn([2, 6, 4, 8]), k = randn([2, 6, 2, 8]), slopes = tensor([0.5f, 0.25f, 0.125f, 0.0625f]);
        Tensor hidden = randn([6, 8]), head = randn([20, 8]), targets = tensor([1L, 2, 3, -1, 5, 19]);
        return new()
        {
            ["a linear map of another width"] = Linear(x, randn([5, 7]), "[2, 3, 8]", "[5, 7]"),
            ["a second linear map of another width"] = new(
                () => FusedOperators.Linears(x, [weight, randn([5, 9])], false), "[2, 3, 8]", "[5, 9]"),
            ["a linear map of a vector"] = Linear(x, randn([8]), "[2, 3, 8]", "[8]"),
            ["a linear map of three axes"] = Linear(x, randn([2, 5, 8]), "[2, 3, 8]", "[2, 5, 8]"),
            ["a linear map of a float64 weight"] = Linear(x, randn([5, 8], float64), "Float64"),
            ["a linear map of float64 features"] = Linear(x.to(float64), weight, "Float64"),

            ["a norm of another width"] = new(() => FusedOperators.RmsNorm(x, randn([7]), 1e-6), "[2, 3, 8]", "[7]"),
            ["a norm of a matrix"] = new(() => FusedOperators.RmsNorm(x, randn([1, 8]), 1e-6), "[2, 3, 8]", "[1, 8]"),
            ["a norm of float64 weights"] = new(() => FusedOperators.RmsNorm(x, randn([8], float64), 1e-6), "Float64"),

            ["gates that are not those of the features"] = new(
                () => FusedOperators.SwiGluLinear(x, randn([2, 4, 8]), weight, false), "[2, 3, 8]", "[2, 4, 8]"),
            ["a gated map of another width"] = new(
                () => FusedOperators.SwiGluLinear(x, randn([2, 3, 8]), randn([5, 7]), false), "[2, 3, 8]", "[5, 7]"),
            ["a gated map of a vector"] = new(
                () => FusedOperators.SwiGluLinear(x, randn([2, 3, 8]), randn([8]), false), "[2, 3, 8]", "[8]"),

            ["keys of another length"] = Attention(q, randn([2, 5, 2, 8]), k, slopes, null, "[2, 6, 4, 8]", "[2, 5, 2, 8]"),
            ["values of another length"] = Attention(q, k, randn([2, 5, 2, 8]), slopes, null, "[2, 5, 2, 8]"),
            ["keys of another batch"] = Attention(
                q, randn([1, 6, 2, 8]), randn([1, 6, 2, 8]), slopes, null, "[2, 6, 4, 8]", "[1, 6, 2, 8]"),
            ["keys of another size"] = Attention(
                q, randn([2, 6, 2, 7]), randn([2, 6, 2, 7]), slopes, null, "[2, 6, 4, 8]", "[2, 6, 2, 7]"),
            ["heads that do not divide"] = Attention(
                q, randn([2, 6, 3, 8]), randn([2, 6, 3, 8]), slopes, null, "[2, 6, 4, 8]", "[2, 6, 3, 8]"),
            ["queries without heads"] = Attention(randn([2, 6, 32]), k, k, slopes, null, "[2, 6, 32]"),
            ["fewer slopes than heads"] = Attention(q, k, k, tensor([0.5f, 0.25f, 0.125f]), null, "[2, 6, 4, 8]", "[3]"),
            ["starts of another length"] = Attention(q, k, k, slopes, zeros([2, 5], int64), "[2, 6, 4, 8]", "[2, 5]"),
            ["starts that are int32"] = Attention(q, k, k, slopes, zeros([2, 6], int32), "Int32"),
            ["a start behind its query"] = Attention(q, k, k, slopes, zeros([2, 6], int64) + 9, "9"),

            ["a head of another width"] = Head(hidden, randn([20, 7]), targets, "[6, 8]", "[20, 7]"),
            ["more targets than rows"] = Head(hidden, head, tensor([1L, 2, 3, 4, 5, 6, 7]), "[6, 8]", "[7]"),
            ["targets that are real numbers"] = Head(hidden, head, rand([6]), "Float32"),
            ["a target behind the vocabulary"] = Head(hidden, head, targets + 1, "20"),
            ["a target that is neither token nor ignored"] = Head(hidden, head, targets - 1, "-2"),

            ["a gradient on its side"] = Adam(randn([8, 5]), randn([5, 8]), randn([5, 8]), "[5, 8]", "[8, 5]"),
            ["a mean of another shape"] = Adam(randn([5, 8]), randn([5, 7]), randn([5, 8]), "[5, 8]", "[5, 7]"),
            ["squares of another shape"] = Adam(randn([5, 8]), randn([5, 8]), randn([40]), "[5, 8]", "[40]"),
            ["a gradient of another number type"] = Adam(randn([5, 8], float64), randn([5, 8]), randn([5, 8]), "Float64"),
        };
    }

    private static InvalidCall Linear(Tensor x, Tensor weight, params string[] says) =>
        new(() => FusedOperators.Linears(x, [weight], inBFloat16: false), says);

    private static InvalidCall Attention(Tensor q, Tensor k, Tensor v, Tensor slopes, Tensor? starts, params string[] says) =>
        new(() => FusedOperators.AlibiAttention(q, k, v, slopes, starts, inBFloat16: false), says);

    private static InvalidCall Head(Tensor hidden, Tensor weight, Tensor targets, params string[] says) =>
        new(() => FusedOperators.LinearCrossEntropy(hidden, weight, targets, ignoreIndex: -1, scale: 1, inBFloat16: false), says);

    private static InvalidCall Adam(Tensor gradient, Tensor mean, Tensor square, params string[] says) =>
        new(() => FusedOperators.AdamW(randn([5, 8]), gradient, mean, square, 1e-3, 0.9, 0.95, 1e-8, 0.1, step: 1), says);
}
