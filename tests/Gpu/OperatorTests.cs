using FluentAssertions;
using TorchSharp;
using TurkishLlm.Kernels;
using TurkishLlm.Model.Layers;
using TurkishLlm.Plans;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace TurkishLlm.Tests.Gpu;

/// <summary>
/// Every fused operator by itself against plain operators in float64 on the CPU, at sizes of the presets. The first thing to run
/// on a new kind of device: what is wrong with a whole model begins here.
/// </summary>
[Trait("Category", "GPU")]
public sealed class OperatorTests
{
    // Sums of a few thousand float32 products; one rounding of each operand to eight bits.
    private const double Float32 = 2e-5, BFloat16 = 2e-2;

    public static TheoryData<DeviceKind, ComputeType> Places =>
        [
            .. from kind in new[] { DeviceKind.Cpu, DeviceKind.Cuda }
            from type in Enum.GetValues<ComputeType>()
            select (kind, type),
        ];

    public static TheoryData<DeviceKind, bool> Attentions =>
        [.. from kind in new[] { DeviceKind.Cpu, DeviceKind.Cuda } from packed in new[] { false, true } select (kind, packed)];

    [Theory, InlineData(DeviceKind.Cpu), InlineData(DeviceKind.Cuda)]
    public void Norm(DeviceKind kind)
    {
        using var at = new Comparison(kind, FusedKernels.Norm, ComputeType.Float32, Float32);
        var (x, weight) = (at.Draw(3, 701, 256), at.Draw(256));
        at.Compare(
            () => FusedOperators.RmsNorm(x.OnDevice, weight.OnDevice, 1e-5),
            () => x.Exact * (x.Exact.square().mean([-1], keepdim: true) + 1e-5).rsqrt() * weight.Exact,
            x, weight);
    }

    [Theory, MemberData(nameof(Places))]
    public void Products(DeviceKind kind, ComputeType type)
    {
        using var at = new Comparison(kind, FusedKernels.Linear, type);
        var (x, query, key) = (at.Draw(2, 401, 256), at.Draw(256, 256), at.Draw(64, 256));
        at.Compare(
            () => cat(FusedOperators.Linears(x.OnDevice, [query.OnDevice, key.OnDevice], type == ComputeType.BFloat16), -1),
            () => x.Exact.matmul(cat([query.Exact, key.Exact]).t()),
            x, query, key);
    }

    [Theory, MemberData(nameof(Places))]
    public void Gated_network(DeviceKind kind, ComputeType type)
    {
        using var at = new Comparison(kind, FusedKernels.SwiGlu, type);
        var (gate, up, weight) = (at.Draw(2, 301, 688), at.Draw(2, 301, 688), at.Draw(256, 688));
        at.Compare(
            () => FusedOperators.SwiGluLinear(gate.OnDevice, up.OnDevice, weight.OnDevice, type == ComputeType.BFloat16),
            () => (F.silu(gate.Exact) * up.Exact).matmul(weight.Exact.t()),
            gate, up, weight);
    }

    /// <summary>In bfloat16 alone: a CUDA device has no other.</summary>
    [Theory, MemberData(nameof(Attentions))]
    public void Attention(DeviceKind kind, bool packed)
    {
        const int batch = 2, time = 1_100, heads = 8, keyHeads = 2, size = 32;
        using var at = new Comparison(kind, FusedKernels.Attention, ComputeType.BFloat16);
        var q = at.Draw(batch, time, heads, size);
        var (k, v) = (at.Draw(batch, time, keyHeads, size), at.Draw(batch, time, keyHeads, size));
        var slopes = pow(2, -arange(1, heads + 1, dtype: float32));
        long[][] segments = [[0, 37, 600, 601, 1_000], [0, 530]];
        var starts = packed
            ? stack(segments.Select(
                first => tensor(Enumerable.Range(0, time).Select(i => first.Last(begin => begin <= i)).ToArray())))
            : zeros([batch, time], dtype: int64);
        at.Compare(
            () => FusedOperators.AlibiAttention(
                q.OnDevice, k.OnDevice, v.OnDevice, slopes.to(at.Device), packed ? starts.to(at.Device) : null, inBFloat16: true),
            () => Whole(q.Exact, k.Exact, v.Exact, slopes.to(float64), starts),
            q, k, v);
    }

    [Theory, MemberData(nameof(Places))]
    public void Head_and_loss(DeviceKind kind, ComputeType type)
    {
        using var at = new Comparison(kind, FusedKernels.Loss, type);
        const int rows = 601, vocabulary = 8_001;
        var (hidden, weight, targets) = (at.Draw(rows, 256), at.Draw(vocabulary, 256), at.Draw(rows));
        var ids = targets.Exact.abs().mul(1_000).to(int64).remainder(vocabulary);
        at.Compare(
            () => FusedOperators.LinearCrossEntropy(
                hidden.OnDevice * 0.1,
                weight.OnDevice, ids.to(at.Device), ignoreIndex: -1, scale: 1.0 / rows, type == ComputeType.BFloat16),
            () => (hidden.Exact * 0.1).matmul(weight.Exact.t()).log_softmax(1).gather(1, ids.unsqueeze(1)).mean() * -1,
            hidden, weight);
    }

    [Theory, InlineData(DeviceKind.Cpu), InlineData(DeviceKind.Cuda)]
    public void AdamW(DeviceKind kind)
    {
        using var at = new Comparison(kind, FusedKernels.Optimizer, ComputeType.Float32, 1e-6);
        var (weight, gradient, mean) = (at.Draw(10_001), at.Draw(10_001), at.Draw(10_001));
        using var grad = no_grad();
        var (w, m, s) = (weight.OnDevice.detach(), mean.OnDevice.detach(), zeros(10_001, dtype: float32, device: at.Device));
        FusedOperators.AdamW(
            w, gradient.OnDevice.detach(), m, s, 1e-3, beta1: 0.9, beta2: 0.95, eps: 1e-8, weightDecay: 0.1, step: 1);
        var (newMean, newSquare) = (mean.Exact * 0.9 + gradient.Exact * 0.1, gradient.Exact.square() * 0.05);
        at.AssertClose(m, newMean);
        at.AssertClose(s, newSquare);
        at.AssertClose(w, weight.Exact * (1 - 1e-4) - newMean / 0.1 / ((newSquare / 0.05).sqrt() + 1e-8) * 1e-3);
    }

    private static Tensor Whole(Tensor q, Tensor k, Tensor v, Tensor slopes, Tensor starts)
    {
        long time = q.size(1), group = q.size(2) / k.size(2);
        var (keys, values) = (k.transpose(1, 2).repeat_interleave(group, 1), v.transpose(1, 2).repeat_interleave(group, 1));
        var distance = arange(time).unsqueeze(1) - arange(time);                                // [t, t]
        var products = q.transpose(1, 2).matmul(keys.transpose(-2, -1)) / Math.Sqrt(q.size(3));
        var scores = products - slopes.view(-1, 1, 1) * distance;
        var hidden = distance.lt(0).logical_or(arange(time).lt(starts.unsqueeze(-1)).unsqueeze(1));
        return scores.masked_fill(hidden, double.NegativeInfinity).softmax(-1).matmul(values).transpose(1, 2);
    }

    /// <summary>The same numbers on a device in float32 and on the CPU in float64, both leaves of a graph.</summary>
    private sealed record DeviceAndCpu(Tensor OnDevice, Tensor Exact);

    private sealed class Comparison : IDisposable
    {
        private readonly DisposeScope _scope = NewDisposeScope();
        private readonly Generator _generator = new(91);
        private readonly double _allowed;

        public Comparison(DeviceKind kind, FusedKernels kernel, ComputeType type, double? allowed = null)
        {
            Device = DeviceRun.Device(kind);
            _allowed = allowed ?? (type == ComputeType.BFloat16 ? BFloat16 : Float32);
            using var sample = ones(1, device: Device);
            if (!FusedOperators.CanUse(kernel, kernel, sample, type == ComputeType.BFloat16))
                Assert.Skip($"This build has no fused {kernel} in {type} on {Device}; plain operators are used there.");
        }

        public Device Device { get; }

        public DeviceAndCpu Draw(params long[] shape)
        {
            var values = randn(shape, generator: _generator);
            return new(values.to(Device).detach().requires_grad_(), values.to(float64).requires_grad_());
        }

        /// <summary>Values, and the gradients of all inputs when the result is pulled at by random numbers.</summary>
        public void Compare(Func<Tensor> fused, Func<Tensor> plain, params DeviceAndCpu[] inputs)
        {
            var (found, exact) = (fused(), plain());
            var pull = randn(exact.shape, dtype: float64, generator: _generator);
            (found * pull.to(float32).to(Device)).sum().backward();
            (exact * pull).sum().backward();
            AssertClose(found, exact);
            foreach (var input in inputs) AssertClose(input.OnDevice.grad!, input.Exact.grad!);
        }

        // max|Δ| ÷ max|exact|
        public void AssertClose(Tensor found, Tensor exact)
        {
            using var grad = no_grad();
            found.shape.Should().Equal(exact.shape);
            ((found.to(float64, CPU) - exact).abs().max() / exact.abs().max()).ToDouble().Should().BeLessThan(_allowed);
        }

        public void Dispose()
        {
            _generator.Dispose();
            _scope.Dispose();
        }
    }
}
