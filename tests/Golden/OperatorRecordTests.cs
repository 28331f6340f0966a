using FluentAssertions;
using TorchSharp;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Specification;
using TurkishLlm.Tests.Shared;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace TurkishLlm.Tests.Golden;

/// <summary>The binding reaches the operators it names, with the arguments in their places: results equal Python's.</summary>
public sealed class OperatorRecordTests
{
    private static readonly RecordedReference Recorded = new("operators");

    private static readonly Dictionary<string, Func<Func<string, Tensor>, Tensor[]>> Calls = new()
    {
        ["matmul"] = of => [matmul(of("a"), of("b"))],
        ["matmul_broadcast"] = of => [of("a").matmul(of("b"))],
        ["linear"] = of => [F.linear(of("x"), of("w"))],
        ["add_scaled"] = of => [of("a").add(of("b"), -1.5)],
        ["sub"] = of => [of("a") - of("b")],
        ["mul_broadcast"] = of => [of("a") * of("b")],
        ["div"] = of => [of("a") / of("b")],
        ["pow"] = of => [of("a").abs().pow(2.5)],
        ["exp"] = of => [of("a").exp()],
        ["log"] = of => [of("a").abs().log()],
        ["sqrt"] = of => [of("a").abs().sqrt()],
        ["rsqrt"] = of => [of("a").abs().rsqrt()],
        ["cos"] = of => [of("a").cos()],
        ["neg"] = of => [-of("a")],
        ["clamp"] = of => [of("a").clamp(-0.5, 0.75)],
        ["sigmoid"] = of => [of("a").sigmoid()],
        ["silu"] = of => [F.silu(of("a"))],
        ["softmax"] = of => [of("a").softmax(-1)],
        ["softmax_first"] = of => [F.softmax(of("a"), 0)],
        ["log_softmax"] = of => [of("a").log_softmax(-1)],
        ["logsumexp"] = of => [of("a").logsumexp(-1)],
        ["sum_dim"] = of => [of("a").sum(0, keepdim: true)],
        ["mean_dim"] = of => [of("a").mean([-1L])],
        ["norm"] = of => [of("a").norm()],
        ["max_dim"] = of => { var (values, indexes) = of("a").max(-1); return [values, indexes]; },
        ["argmax"] = of => [of("a").argmax(-1)],
        ["cumsum"] = of => [of("a").cumsum(-1)],
        ["topk"] = of => { var (values, indexes) = of("a").topk(3); return [values, indexes]; },
        ["sort"] = of => { var (values, indices) = of("a").sort(-1, descending: true); return [values, indices]; },
        ["index_select"] = of => [of("a").index_select(0, of("ids"))],
        ["gather"] = of => [of("a").gather(1, of("ids"))],
        ["where"] = of => [where(of("mask"), of("a"), of("b"))],
        ["masked_fill"] = of => [of("a").masked_fill(of("mask"), double.NegativeInfinity)],
        ["tril"] = of => [of("a").tril()],
        ["triu_1"] = of => [of("a").triu(1)],
        ["cat"] = of => [cat([of("a"), of("b")], 1)],
        ["stack"] = of => [stack([of("a"), of("b")], 1)],
        ["transpose"] = of => [of("a").transpose(1, 2).contiguous()],
        ["repeat_interleave"] = of => [of("a").repeat_interleave(3, 1)],
        ["compare"] = of => [of("a").lt(of("b"))],
        ["logical_and"] = of => [of("mask").logical_and(of("other"))],
        ["rms_norm"] = of => [of("a") * (of("a").pow(2).mean([-1L], keepdim: true) + 1e-5).rsqrt() * of("w")],
        ["cross_entropy"] = of => [F.cross_entropy(of("logits"), of("targets"), ignore_index: -1)],
        ["cross_entropy_none"] = of =>
            [F.cross_entropy(of("logits"), of("targets"), ignore_index: -1, reduction: nn.Reduction.None)],
        ["cross_entropy_sum"] = of =>
            [F.cross_entropy(of("logits"), of("targets"), ignore_index: -1, reduction: nn.Reduction.Sum)],
        ["bfloat16"] = of => [of("a").bfloat16().to(float32)],
    };

    public static TheoryData<string> Names => [.. Calls.Keys];

    [Theory, MemberData(nameof(Names))]
    public void Equals_python(string name)
    {
        using var scope = NewDisposeScope();
        var results = Calls[name](input => Read($"{name}.{input}"));
        for (var i = 0; i < results.Length; i++)
        {
            var expected = Read(results.Length == 1 ? $"{name}.out" : $"{name}.out{i}");
            results[i].shape.Should().Equal(expected.shape);
            results[i].dtype.Should().Be(expected.dtype);
            var (a, b) = (Doubles(results[i]), Doubles(expected));
            // Inputs reach 120, sums have at most 9 terms: TOL-SUM on what they add up, and some ulps of the function.
            var allowed = 40 * Tolerance.Float32UnitRoundoff * b.Where(double.IsFinite).Select(Math.Abs).DefaultIfEmpty(0).Max();
            for (var k = 0; k < a.Length; k++)
                (a[k] == b[k] || Math.Abs(a[k] - b[k]) <= allowed)
                    .Should()
                    .BeTrue("element {0} is {1}, python has {2}", k, a[k], b[k]);
        }
    }

    [Fact]
    public void Gradients_equal_python()
    {
        using var scope = NewDisposeScope();
        var (x, w, c) = (Read("autograd.x").requires_grad_(), Read("autograd.w").requires_grad_(), Read("autograd.c"));

        (c * F.silu(F.linear(x, w)).pow(2)).sum().backward();

        foreach (var (gradient, name) in new[] { (x.grad!, "autograd.grad_x"), (w.grad!, "autograd.grad_w") })
        {
            var expected = Recorded.Doubles(name);
            Doubles(gradient)
                .Zip(expected, (a, b) => Math.Abs(a - b))
                .Max()
                .Should()
                .BeLessThan(40 * Tolerance.Float32UnitRoundoff * expected.Max(Math.Abs));
        }
    }

    [Theory]
    [InlineData("rand")]
    [InlineData("randperm")]
    [InlineData("randn")]
    [InlineData("normal")]
    public void A_seed_draws_what_it_draws_in_python(string name)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1234);
        var (drawn, allowed) = name switch
        {
            "rand" => (rand([11], generator: generator), 0.0),
            "randperm" => (randperm(13, generator: generator), 0),
            "randn" => (randn([7, 5], generator: generator), Tolerance.NormalDraw),
            _ => (empty([6, 9]).normal_(0, 0.02, generator), 0.02 * Tolerance.NormalDraw),
        };
        Doubles(drawn)
            .Zip(Doubles(Read("random.each." + name)), (a, b) => Math.Abs(a - b))
            .Max()
            .Should()
            .BeLessThanOrEqualTo(allowed);
    }

    [Fact]
    public void A_restored_generator_continues_as_in_python()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1234);
        randn([7, 5], generator: generator);
        Doubles(rand([11], generator: generator)).Should().Equal(Doubles(Read("random.chain.rand")));
        Doubles(randperm(13, generator: generator)).Should().Equal(Doubles(Read("random.chain.randperm")));
    }

    private static Tensor Read(string name)
    {
        long[] shape = [.. Recorded.Shape(name).Select(n => (long)n)];
        return Recorded.TypeOf(name) switch
        {
            "I64" => tensor(Recorded.Longs(name), shape),
            "BOOL" => tensor(Recorded.Booleans(name), shape),
            _ => tensor(Recorded.Floats(name), shape),
        };
    }

    private static double[] Doubles(Tensor tensor) => tensor.detach().to(float64).contiguous().data<double>().ToArray();
}
