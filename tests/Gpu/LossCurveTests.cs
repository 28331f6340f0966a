using FluentAssertions;
using TurkishLlm.Kernels.Native;
using TurkishLlm.Model.Layers;
using TurkishLlm.Plans;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Specification;
using TurkishLlm.Training.Memory;
using static TorchSharp.torch;

namespace TurkishLlm.Tests.Gpu;

/// <summary>
/// Two hundred steps on real text: they begin as on the processor, then learn without a spike, and have the losses on record
/// for this device and libtorch, to the last bit.
/// </summary>
[Trait("Category", "GPU")]
public sealed class LossCurveTests
{
    private const int Compared = 10;

    [Theory]
    [InlineData(DeviceKind.Cpu, "v1", ComputeType.Float32, 100), InlineData(DeviceKind.Cpu, "v1", ComputeType.BFloat16, 100)]
    [InlineData(DeviceKind.Cuda, "v1", ComputeType.Float32, 200), InlineData(DeviceKind.Cuda, "v1", ComputeType.BFloat16, 200)]
    [InlineData(DeviceKind.Cuda, "v2", ComputeType.Float32, 200), InlineData(DeviceKind.Cuda, "v2", ComputeType.BFloat16, 200)]
    public void Starts_as_on_the_CPU_and_learns(DeviceKind kind, string preset, ComputeType type, int steps)
    {
        var plan = DeviceRun.Plan(kind, preset, type, steps);
        var losses = DeviceRun.Losses(plan, steps);

        var onProcessor = DeviceRun.Losses(
            plan with
            {
                Device = new DeviceChoice(DeviceKind.Cpu),
                ComputeType = ComputeType.Float32,
            },
            Compared);
        var allowed = Tolerance.LossCurve(type.NumberType);
        for (var i = 0; i < Compared; i++)
            losses[i].Should().BeApproximately(onProcessor[i], allowed * onProcessor[i], "TOL-CURVE, step {0}", i + 1);

        losses.Should().OnlyContain(loss => double.IsFinite(loss));
        losses[^20..].Average().Should().BeLessThan(losses[..20].Average() - 0.5);
        // The losses of tokens scatter by two to three nats, their mean over a step by the root of their number less.
        var spike = 0.25 + 5 * 2.5 / Math.Sqrt(plan.Training.TokensPerStep);
        for (var i = 20; i < steps; i++)
            losses[i].Should().BeLessThan(losses[(i - 10)..i].Average() + spike, "step {0} would be a spike", i + 1);

        if (CudaDevice.Find(0) is { } cuda && kind == DeviceKind.Cuda)
            DeviceGoldenFile.Current.Compare(
                $"Losses-{preset}-{type}-{cuda.Name.Replace(' ', '-')}-libtorch-{TorchLibrary.Version}",
                string.Concat(losses.Select(loss => FormattableString.Invariant($"{loss:R}\n"))));
    }
}
