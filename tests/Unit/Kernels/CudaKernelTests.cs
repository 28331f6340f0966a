using FluentAssertions;
using TorchSharp;
using TurkishLlm.Kernels;
using TurkishLlm.Tests.Unit.Emulation;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace TurkishLlm.Tests.Unit.Kernels;

/// <summary>Compares emulated CUDA kernels with float64, on sizes that are not multiples of a warp or block.</summary>
public sealed class CudaKernelTests
{
    // Sums of a few hundred float32 products; one rounding to eight bits of each operand.
    private const double Float32 = 1e-5, BFloat16 = 1e-2;

    [Theory, Trait("Suite", "Fast")]
    [InlineData(1, 5)]              // less than a warp of numbers, one row
    [InlineData(8, 32)]             // a block of rows exactly, and a warp of numbers
    [InlineData(77, 300)]           // several blocks, the last one not full
    public void Norm_and_both_its_gradients_are_those_of_float64(int rows, int width)
    {
        using var cuda = EmulatedCuda.Begin();
        using var scope = NewDisposeScope();
        using var generator = new Generator(21);
        var (x, weight, pull) = (Draw(generator, rows, width), Draw(generator, width), Draw(generator, rows, width));
        var (fx, fw, dx, dw) = (Leaf(x), Leaf(weight), Leaf(x.to(float64)), Leaf(weight.to(float64)));

        var y = FusedOperators.RmsNorm(fx, fw, 1e-3);
        var exact = dx * (dx.square().mean([-1], keepdim: true) + 1e-3).rsqrt() * dw;
        Differentiate(y, exact, pull);

        Difference(y, exact).Should().BeLessThan(Float32);
        Difference(fx.grad!, dx.grad!).Should().BeLessThan(Float32);
        Difference(fw.grad!, dw.grad!).Should().BeLessThan(Float32);
    }

    [Fact]
    public void Norm_of_a_transposed_tensor_is_that_of_its_rows()
    {
        using var cuda = EmulatedCuda.Begin();
        using var scope = NewDisposeScope();
        using var generator = new Generator(22);
        var (x, weight) = (Draw(generator, 40, 7).t(), Draw(generator, 40));
        var exact = x.to(float64) * (x.to(float64).square().mean([-1], keepdim: true) + 1e-5).rsqrt() * weight.to(float64);
        Difference(FusedOperators.RmsNorm(x, weight, 1e-5), exact).Should().BeLessThan(Float32);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Products_with_several_weights_and_their_gradients_are_those_of_float64(bool inBFloat16)
    {
        using var cuda = EmulatedCuda.Begin();
        using var scope = NewDisposeScope();
        using var generator = new Generator(23);
        var x = Draw(generator, 3, 19, 40);
        var weights = new[] { Draw(generator, 24, 40), Draw(generator, 8, 40), Draw(generator, 9, 40) };
        var (fx, dx) = (Leaf(x), Leaf(x.to(float64)));
        var (fw, dw) = (Array.ConvertAll(weights, Leaf), Array.ConvertAll(weights, weight => Leaf(weight.to(float64))));

        var y = FusedOperators.Linears(fx, fw, inBFloat16);
        var exact = Array.ConvertAll(dw, weight => dx.matmul(weight.t()));
        var pulls = Array.ConvertAll(y, one => Draw(generator, one.shape));
        // Nothing depends on the second output, so no gradient of it arrives.
        ((y[0] * pulls[0]).sum() + (y[2] * pulls[2]).sum()).backward();
        ((exact[0] * pulls[0].to(float64)).sum() + (exact[2] * pulls[2].to(float64)).sum()).backward();

        var allowed = inBFloat16 ? BFloat16 : Float32;
        for (var i = 0; i < y.Length; i++)
        {
            y[i].shape.Should().Equal(3, 19, weights[i].size(0));
            Difference(y[i], exact[i]).Should().BeLessThan(allowed);
        }
        Difference(fx.grad!, dx.grad!).Should().BeLessThan(allowed);
        Difference(fw[0].grad!, dw[0].grad!).Should().BeLessThan(allowed);
        Difference(fw[2].grad!, dw[2].grad!).Should().BeLessThan(allowed);
        fw[1].grad!.abs().max().ToDouble().Should().Be(0);
    }

    [Fact]
    public void A_frozen_weight_gets_no_gradient_and_the_input_gets_its_own()
    {
        using var cuda = EmulatedCuda.Begin();
        using var scope = NewDisposeScope();
        using var generator = new Generator(24);
        var (x, weight, pull) = (Draw(generator, 5, 12), Draw(generator, 7, 12), Draw(generator, 5, 7));
        var fx = Leaf(x);
        (FusedOperators.Linears(fx, [weight], inBFloat16: false)[0] * pull).sum().backward();
        Difference(fx.grad!, pull.to(float64).matmul(weight.to(float64))).Should().BeLessThan(Float32);
        weight.grad.Should().BeNull();

        var (gate, up, down) = (Leaf(Draw(generator, 5, 12)), Draw(generator, 5, 12), Draw(generator, 6, 12));
        FusedOperators.SwiGluLinear(gate, up, down, inBFloat16: true).sum().backward();
        gate.grad.Should().NotBeNull();
        (up.grad, down.grad).Should().Be((null, null));
    }

    [Fact]
    public void Gate_and_up_may_be_columns_of_one_product()
    {
        using var cuda = EmulatedCuda.Begin();
        using var scope = NewDisposeScope();
        using var generator = new Generator(25);
        const int inner = 300;                                              // more than the threads of a block
        var (both, weight, pull) = (Draw(generator, 2, 9, 2 * inner), Draw(generator, 11, inner), Draw(generator, 2, 9, 11));
        var (fused, exactBoth) = (Leaf(both), Leaf(both.to(float64)));
        var y = FusedOperators.SwiGluLinear(fused.narrow(2, 0, inner), fused.narrow(2, inner, inner), weight, inBFloat16: false);
        var exact = (F.silu(exactBoth.narrow(2, 0, inner)) * exactBoth.narrow(2, inner, inner)).matmul(weight.to(float64).t());
        Differentiate(y, exact, pull);
        Difference(y, exact).Should().BeLessThan(Float32);
        Difference(fused.grad!, exactBoth.grad!).Should().BeLessThan(Float32);
    }

    [Theory]
    [InlineData(false, 9_001, 40)]      // two chunks of rows, one warp a row
    [InlineData(true, 3, 5_003)]        // several warps a row, and a vocabulary that loads of sixteen bytes do not divide
    [InlineData(true, 3, 70_016)]       // as many threads as a block can have
    public void Loss_over_chunks_and_warps_is_that_of_all_logits(bool inBFloat16, int rows, int vocabulary)
    {
        using var cuda = EmulatedCuda.Begin();
        using var scope = NewDisposeScope();
        using var generator = new Generator(26);
        var (hidden, weight) = (Draw(generator, rows, 16), Draw(generator, vocabulary, 16));
        if (inBFloat16) (hidden, weight) = (hidden.to(bfloat16).to(float32), weight.to(bfloat16).to(float32));
        var targets = randint(vocabulary, [rows], dtype: int64, generator: generator);
        var (fh, fw, dh, dw) = (Leaf(hidden), Leaf(weight), Leaf(hidden.to(float64)), Leaf(weight.to(float64)));

        var loss = FusedOperators.LinearCrossEntropy(fh, fw, targets, ignoreIndex: -1, scale: 1.0 / rows, inBFloat16);
        var exact = dh.matmul(dw.t()).log_softmax(1).gather(1, targets.unsqueeze(1)).mean() * -1;
        loss.backward();
        exact.backward();

        var allowed = inBFloat16 ? BFloat16 : Float32;
        Difference(loss, exact).Should().BeLessThan(allowed);
        Difference(fh.grad!, dh.grad!).Should().BeLessThan(allowed);
        Difference(fw.grad!, dw.grad!).Should().BeLessThan(allowed);
    }

    [Theory, Trait("Suite", "Fast")]
    [InlineData(1)]
    [InlineData(256)]
    [InlineData(1_000)]
    public void A_step_of_AdamW_is_that_of_its_formula_in_float64(int count)
    {
        using var cuda = EmulatedCuda.Begin();
        using var scope = NewDisposeScope();
        using var generator = new Generator(27);
        var (weight, gradient) = (Draw(generator, count), Draw(generator, count));
        var (mean, square) = (Draw(generator, count), Draw(generator, count).square());
        var (w, g, m, s) = (weight.to(float64), gradient.to(float64), mean.to(float64), square.to(float64));
        var newMean = m * 0.9 + g * 0.1;
        var newSquare = s * 0.95 + g.square() * 0.05;
        var update = newMean / (1 - Math.Pow(0.9, 3)) / ((newSquare / (1 - Math.Pow(0.95, 3))).sqrt() + 1e-8);
        var newWeight = w * (1 - 1e-3 * 0.1) - update * 1e-3;

        FusedOperators.AdamW(weight, gradient, mean, square, 1e-3, beta1: 0.9, beta2: 0.95, eps: 1e-8, weightDecay: 0.1, step: 3);

        Difference(mean, newMean).Should().BeLessThan(1e-6);
        Difference(square, newSquare).Should().BeLessThan(1e-6);
        Difference(weight, newWeight).Should().BeLessThan(1e-6);
    }

    [Theory]
    [InlineData(6)]                     // with the added dimensions no multiple of eight: padded
    [InlineData(12)]                    // a multiple without padding
    [InlineData(32)]
    public void Attention_of_any_head_size_is_that_of_the_whole_matrix(int size)
    {
        using var cuda = EmulatedCuda.Begin();
        using var scope = NewDisposeScope();
        using var generator = new Generator(28);
        const int time = 700;           // positions above 256 have two parts
        Tensor Operand(int heads) => Draw(generator, 1, time, heads, size).to(bfloat16).to(float32);
        var (q, k, v, slopes) = (Operand(2), Operand(1), Operand(1), tensor([0.0371f, 0.7f]));
        var distance = arange(time).unsqueeze(1) - arange(time);
        var products = q.to(float64).transpose(1, 2).matmul(k.to(float64).permute(0, 2, 3, 1)) / Math.Sqrt(size);
        var scores = products - slopes.to(float64).view(2, 1, 1) * distance.to(float64);
        var weights = scores.masked_fill(distance.lt(0), double.NegativeInfinity).softmax(-1);
        var exact = weights.matmul(v.to(float64).transpose(1, 2)).transpose(1, 2);
        // One rounding of the result; that of a slope in two parts moves a score by slope · 700 · 2⁻¹⁷ at most.
        Difference(FusedOperators.AlibiAttention(q, k, v, slopes, null, inBFloat16: true), exact).Should().BeLessThan(6e-3);
    }

    private static Tensor Draw(Generator generator, params long[] shape) => randn(shape, generator: generator);

    private static Tensor Leaf(Tensor values)
    {
        var leaf = values.clone();
        leaf.requires_grad = true;
        return leaf;
    }

    private static void Differentiate(Tensor found, Tensor exact, Tensor pull)
    {
        (found * pull).sum().backward();
        (exact * pull.to(float64)).sum().backward();
    }

    // max|Δ| ÷ max|exact|
    private static double Difference(Tensor found, Tensor exact)
    {
        using var grad = no_grad();
        found.shape.Should().Equal(exact.shape);
        return ((found.to(float64) - exact).abs().max() / exact.abs().max()).ToDouble();
    }
}
