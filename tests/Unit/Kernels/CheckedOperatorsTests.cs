using System.Runtime.InteropServices;
using FluentAssertions;
using TorchSharp;
using TurkishLlm.Kernels;
using TurkishLlm.Tests.Unit.Training;
using static TorchSharp.torch;

namespace TurkishLlm.Tests.Unit.Kernels;

/// <summary>Tests the replacements for members of TorchSharp that would end this process.</summary>
[Collection(nameof(NonParallel))]
[Trait("Suite", "Fast")]
public sealed class CheckedOperatorsTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly Generator _generator = new(3);

    public void Dispose()
    {
        _generator.Dispose();
        _scope.Dispose();
    }

    [Theory]
    [InlineData(new long[] { 3, 5 }, new long[] { 5, 4 }, new long[] { 3, 4 })]
    [InlineData(new long[] { 2, 3, 5 }, new long[] { 5, 4 }, new long[] { 2, 3, 4 })]
    [InlineData(new long[] { 2, 6, 3, 5 }, new long[] { 5, 1 }, new long[] { 2, 6, 3, 1 })]
    [InlineData(new long[] { 2, 3, 5 }, new long[] { 2, 5, 4 }, new long[] { 2, 3, 4 })]
    [InlineData(new long[] { 3, 5 }, new long[] { 2, 5, 4 }, new long[] { 2, 3, 4 })]
    [InlineData(new long[] { 2, 1, 3, 5 }, new long[] { 6, 5, 4 }, new long[] { 2, 6, 3, 4 })]
    [InlineData(new long[] { 1, 3, 5 }, new long[] { 2, 6, 5, 4 }, new long[] { 2, 6, 3, 4 })]
    [InlineData(new long[] { 2, 0, 5 }, new long[] { 5, 4 }, new long[] { 2, 0, 4 })]
    [InlineData(new long[] { 0, 3, 5 }, new long[] { 1, 5, 4 }, new long[] { 0, 3, 4 })]
    public void Products_and_gradients_are_sums_of_products(long[] left, long[] right, long[] expected)
    {
        var (a, b) = (Drawn(left), Drawn(right));
        var upstream = randn(expected, float64, generator: _generator);
        var product = a.CheckedMatmul(b);
        product.shape.Should().Equal(expected);
        (product * upstream).sum().backward();

        // Each product of a row and a column element, summed.
        var (x, y) = (a.detach().requires_grad_(), b.detach().requires_grad_());
        var written = (x.unsqueeze(-1) * y.unsqueeze(-3)).sum(-2);
        (written * upstream).sum().backward();
        Equal(product, written);
        Equal(a.grad!, x.grad!);
        Equal(b.grad!, y.grad!);
    }

    [Fact]
    public void Products_of_transposed_views_are_those_of_their_copies()
    {
        var (a, b) = (Drawn(2, 5, 6, 3).transpose(1, 2), Drawn(2, 4, 6, 3).transpose(1, 2).transpose(-2, -1));
        Equal(a.CheckedMatmul(b), a.contiguous().CheckedMatmul(b.contiguous()));
    }

    [Theory]
    [InlineData(new long[] { 2, 3 }, new long[] { 4, 5 }, "*last axis of the first (3)*of the second (4)*")]
    [InlineData(new long[] { 2, 3 }, new long[] { 2, 3 }, "*last axis of the first (3)*of the second (2)*")]
    [InlineData(new long[] { 3 }, new long[] { 3, 5 }, "*at least two axes*")]
    [InlineData(new long[] { 2, 3 }, new long[] { }, "*at least two axes*")]
    [InlineData(new long[] { 2, 2, 3 }, new long[] { 4, 3, 5 }, "*must be equal, or 1 in one of them*")]
    [InlineData(new long[] { 0, 2, 3 }, new long[] { 2, 3, 5 }, "*must be equal, or 1 in one of them*")]
    public void An_invalid_product_names_the_operator_both_shapes_and_the_rule(long[] left, long[] right, string rule)
    {
        var (a, b) = (randn(left), randn(right));
        var (first, second) = (TensorDescription.FormatShape(left), TensorDescription.FormatShape(right));
        Assert.Throws<ArgumentException>(() => a.CheckedMatmul(b)).Message.Should()
            .StartWith($"matmul received Float32 {first} and Float32 {second}: ").And.Match(rule);
    }

    [Fact]
    public void Operands_of_two_number_types_or_devices_are_refused()
    {
        var a = randn([2, 3]);
        a.Invoking(x => x.CheckedMatmul(randn([3, 5], float64))).Should().Throw<ArgumentException>()
            .WithMessage("matmul received Float32 [2, 3] and Float64 [3, 5]: both must have the same number type.*");
        a.Invoking(x => x.CheckedMatmul(randn([3, 5], device: META))).Should().Throw<ArgumentException>()
            .WithMessage("matmul received Float32 [2, 3] and Float32 [3, 5] on meta: both must be on the same device.*");
    }

    [Fact]
    public void A_product_larger_than_any_memory_is_an_exception()
    {
        // 2⁵⁴ bytes: more than a process can address.
        var (column, row) = (ones([1, 1]).expand(1L << 26, 1), ones([1, 1]).expand(1, 1L << 26));
        column.Invoking(x => x.CheckedMatmul(row)).Should().Throw<ExternalException>();
        var (columns, rows) = (ones([1, 1, 1]).expand(2, 1L << 26, 1), ones([1, 1, 1]).expand(2, 1, 1L << 26));
        columns.Invoking(x => x.CheckedMatmul(rows)).Should().Throw<ExternalException>();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-3)]
    public void No_threads_at_all_are_refused(int threads)
    {
        FluentActions.Invoking(() => CheckedOperators.SetNumThreads(threads)).Should().Throw<ArgumentOutOfRangeException>();
        get_num_threads().Should().BePositive();
    }

    [Fact]
    public void Synchronizing_the_CPU_does_nothing()
    {
        CheckedOperators.Synchronize(CPU);
        ones(3).sum().ToDouble().Should().Be(3);        // an error that was left behind would come up here
    }

    private static void Equal(Tensor actual, Tensor expected)
    {
        actual.shape.Should().Equal(expected.shape);
        if (actual.numel() > 0) (actual - expected).abs().max().ToDouble().Should().BeLessThan(1e-13);
    }

    private Tensor Drawn(params long[] shape) => randn(shape, float64, generator: _generator).requires_grad_();
}
