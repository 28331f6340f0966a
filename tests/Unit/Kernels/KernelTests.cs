using FluentAssertions;
using TorchSharp;
using TurkishLlm.Kernels;
using TurkishLlm.Tests.Unit.Emulation;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace TurkishLlm.Tests.Unit.Kernels;

/// <summary>Compares kernels with plain operators in float64, on sizes that are not multiples of their blocks.</summary>
public sealed class KernelTests
{
    // Sums of a few thousand float32 products; and one rounding to eight bits of each operand.
    private const double Float32 = 2e-5, BFloat16 = 2e-2;

    [Theory, Trait("Suite", "Fast")]
    [InlineData(false, 1, false)]
    [InlineData(false, 40, false)]      // logits hundreds apart: exponentials of early blocks must be brought down
    [InlineData(true, 1, false)]
    [InlineData(false, 1, true)]
    [InlineData(false, 40, true)]
    [InlineData(true, 1, true)]
    [InlineData(true, 40, false)]
    public void The_loss_of_a_linear_head_is_that_of_all_its_logits(bool inBFloat16, double spread, bool ofCuda)
    {
        using var kernels = Emulate(ofCuda);
        const int rows = 601, width = 24, block = 200;
        // On the CPU, several tiles in each range of the vocabulary.
        var vocabulary = ofCuda ? 1_291 : 9_011;
        using var scope = NewDisposeScope();
        using var generator = new Generator(3);
        var (hidden, weight) = (randn([rows, width], generator: generator), randn([vocabulary, width], generator: generator));
        var targets = randint(vocabulary, [rows], dtype: int64, generator: generator);
        for (var first = block; first + block <= vocabulary; first += 2 * block) weight.narrow(0, first, block).mul_(spread);
        if (inBFloat16) (hidden, weight) = (hidden.to(bfloat16).to(float32), weight.to(bfloat16).to(float32));
        targets.narrow(0, 5, 4).fill_(-1);
        var (h, w) = (Leaf(hidden), Leaf(weight));
        var (exactHidden, exactWeight) = (Leaf(hidden.to(float64)), Leaf(weight.to(float64)));

        var loss = FusedOperators.LinearCrossEntropy(h, w, targets, ignoreIndex: -1, scale: 0.25, inBFloat16);
        var counted = targets.ne(-1).nonzero().squeeze(1);
        var logits = exactHidden.index_select(0, counted).matmul(exactWeight.t());
        var exact = logits.log_softmax(1).gather(1, targets.index_select(0, counted).unsqueeze(1)).sum() * -0.25;
        loss.backward();
        exact.backward();

        var allowed = inBFloat16 ? BFloat16 : Float32;
        Difference(loss, exact).Should().BeLessThan(allowed);
        Difference(h.grad!, exactHidden.grad!).Should().BeLessThan(allowed);
        Difference(w.grad!, exactWeight.grad!).Should().BeLessThan(allowed);
    }

    [Theory]
    [InlineData(false, false, false)]
    [InlineData(false, true, false)]
    [InlineData(true, false, false)]
    [InlineData(true, true, false)]
    [InlineData(true, false, true)]
    [InlineData(true, true, true)]
    public void Attention_over_several_tiles_is_that_of_the_whole_matrix(bool inBFloat16, bool severalDocuments, bool ofCuda)
    {
        using var kernels = Emulate(ofCuda);
        const int batch = 2, time = 1_100, heads = 4, keyValueHeads = 2, size = 8;
        using var scope = NewDisposeScope();
        using var generator = new Generator(5);
        Tensor Draw(int h) => randn([batch, time, h, size], generator: generator);
        var (q, k, v, weights) = (Draw(heads), Draw(keyValueHeads), Draw(keyValueHeads), Draw(heads));
        // The first head attends to a few hundred keys at most: whole tiles have zero weight.
        var slopes = tensor([0.5f, 0.25f, 0.01f, 0.002f]);
        var starts = severalDocuments ? Starts(time, [[0, 37, 600, 601, 1_000], [0, 530]]) : null;
        var (fq, fk, fv) = (Leaf(q), Leaf(k), Leaf(v));
        var (dq, dk, dv) = (Leaf(q.to(float64)), Leaf(k.to(float64)), Leaf(v.to(float64)));

        var mixed = FusedOperators.AlibiAttention(fq, fk, fv, slopes, starts, inBFloat16);
        var exact = Attention(dq, dk, dv, slopes.to(float64), starts);
        (mixed * weights).sum().backward();
        (exact * weights.to(float64)).sum().backward();

        var allowed = inBFloat16 ? BFloat16 : Float32;
        Difference(mixed, exact).Should().BeLessThan(allowed);
        Difference(fq.grad!, dq.grad!).Should().BeLessThan(allowed);
        Difference(fk.grad!, dk.grad!).Should().BeLessThan(allowed);
        Difference(fv.grad!, dv.grad!).Should().BeLessThan(allowed);
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public void The_gated_network_is_that_of_plain_operators(bool inBFloat16, bool ofCuda)
    {
        using var kernels = Emulate(ofCuda);
        const int rows = 301, inner = 56, width = 40;
        using var scope = NewDisposeScope();
        using var generator = new Generator(7);
        var (gate, up, weight) = (
            randn([rows, inner], generator: generator) * 2, randn([rows, inner], generator: generator),
            randn([width, inner], generator: generator));
        var (fg, fu, fw) = (Leaf(gate), Leaf(up), Leaf(weight));
        var (dg, du, dw) = (Leaf(gate.to(float64)), Leaf(up.to(float64)), Leaf(weight.to(float64)));

        var y = FusedOperators.SwiGluLinear(fg, fu, fw, inBFloat16);
        var exact = (F.silu(dg) * du).matmul(dw.t());
        var pull = randn([rows, width], generator: generator);
        (y * pull).sum().backward();
        (exact * pull.to(float64)).sum().backward();

        var allowed = inBFloat16 ? BFloat16 : Float32;
        Difference(y, exact).Should().BeLessThan(allowed);
        Difference(fg.grad!, dg.grad!).Should().BeLessThan(allowed);
        Difference(fu.grad!, du.grad!).Should().BeLessThan(allowed);
        Difference(fw.grad!, dw.grad!).Should().BeLessThan(allowed);
    }

    [Fact]
    public void The_loss_of_a_target_that_is_no_token_is_not_a_number_on_a_CUDA_device()
    {
        using var scope = NewDisposeScope();
        using var device = EmulatedCuda.Begin();
        using var generator = new Generator(11);
        var (hidden, weight) = (randn([3, 8], generator: generator), randn([40, 8], generator: generator));
        FusedOperators
            .LinearCrossEntropy(hidden, weight, tensor([7L, 40L, 2L]), ignoreIndex: -1, scale: 1, inBFloat16: false)
            .ToDouble()
            .Should()
            .Be(double.NaN);
        FusedOperators
            .LinearCrossEntropy(hidden, weight, tensor([7L, -2L, 2L]), ignoreIndex: -1, scale: 1, inBFloat16: false)
            .ToDouble()
            .Should()
            .Be(double.NaN);
    }

    [Fact]
    public void Attention_on_a_CUDA_device_refuses_segments_that_do_not_follow_one_another()
    {
        using var scope = NewDisposeScope();
        using var device = EmulatedCuda.Begin();
        using var generator = new Generator(13);
        var x = randn([1, 6, 2, 8], generator: generator);
        var act = () =>
            FusedOperators.AlibiAttention(
                x, x, x, tensor([0.5f, 0.25f]), tensor([0L, 0, 0, 1, 1, 1]).unsqueeze(0), inBFloat16: true);
        act.Should().Throw<ArgumentException>().WithMessage("*segment does not start where the previous one ends*");
    }

    [Fact]
    public void A_device_is_emulated_until_the_end_of_its_scope_and_in_its_thread_alone()
    {
        using var scope = NewDisposeScope();
        var x = ones([2, 3]);
        using (EmulatedCuda.Begin())
        {
            FusedOperators
                .CanUse(FusedKernels.All, FusedKernels.Attention, x)
                .Should()
                .BeFalse("a device's attention is bfloat16");
            var elsewhere = false;
            var other = new Thread(() => elsewhere = FusedOperators.CanUse(FusedKernels.All, FusedKernels.Attention, x));
            other.Start();
            other.Join();
            elsewhere.Should().BeTrue();
        }
        FusedOperators.CanUse(FusedKernels.All, FusedKernels.Attention, x).Should().BeTrue();
    }

    private static IDisposable? Emulate(bool cuda) => cuda ? EmulatedCuda.Begin() : null;

    private static Tensor Attention(Tensor q, Tensor k, Tensor v, Tensor slopes, Tensor? starts)
    {
        long time = q.size(1), group = q.size(2) / k.size(2);
        var keys = k.transpose(1, 2).repeat_interleave(group, 1);
        var values = v.transpose(1, 2).repeat_interleave(group, 1);
        var distance = arange(time).unsqueeze(1) - arange(time);                                   // [t, t]
        var scores =
            q.transpose(1, 2).matmul(keys.transpose(-2, -1)) * (1 / Math.Sqrt(q.size(3)))
            - slopes.view(-1, 1, 1) * distance.to(float64);
        var hidden = distance.lt(0).unsqueeze(0).unsqueeze(0);
        if (starts is not null) hidden = hidden.logical_or(arange(time).lt(starts.unsqueeze(-1)).unsqueeze(1));
        return scores.masked_fill(hidden, double.NegativeInfinity).softmax(-1).matmul(values).transpose(1, 2);
    }

    private static Tensor Starts(int time, int[][] documents) =>
        stack(
            documents.Select(first =>
                tensor(Enumerable.Range(0, time).Select(i => (long)first.Last(begin => begin <= i)).ToArray())));

    private static Tensor Leaf(Tensor values)
    {
        var leaf = values.clone();
        leaf.requires_grad = true;
        return leaf;
    }

    // max|Δ| ÷ max|exact|
    private static double Difference(Tensor found, Tensor exact)
    {
        using var grad = no_grad();
        return ((found.to(float64) - exact).abs().max() / exact.abs().max()).ToDouble();
    }
}
