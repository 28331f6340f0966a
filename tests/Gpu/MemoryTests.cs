using FluentAssertions;
using TorchSharp;
using TurkishLlm.Model.Layers;
using TurkishLlm.Plans;
using TurkishLlm.Tests.Shared;
using TurkishLlm.Training;
using TurkishLlm.Training.Memory;

namespace TurkishLlm.Tests.Gpu;

/// <summary>Steps leave nothing behind on the device.</summary>
[Trait("Category", "GPU")]
public sealed class MemoryTests
{
    [Theory, InlineData(DeviceKind.Cpu), InlineData(DeviceKind.Cuda)]
    public void As_much_is_in_use_after_the_twenty_fifth_step_as_after_the_fifth(DeviceKind kind)
    {
        var plan = DeviceRun.Plan(kind, "v1", ComputeType.BFloat16, steps: 25, dropout: 0.1);
        Func<long> inUse = kind == DeviceKind.Cpu ? () => torch.Tensor.TotalCount : () => CudaDevice.Find(0)!.UsedBytes;
        using var trainer = Trainer.Create(TestClearance.Create(plan));
        GC.Collect();
        GC.WaitForPendingFinalizers();
        for (var step = 1; step <= 5; step++) trainer.TakeStep();
        var early = inUse();
        for (var step = 6; step <= 25; step++) trainer.TakeStep();
        inUse().Should().Be(early);
    }

    [Fact]
    public void The_driver_reports_the_device_name_and_the_memory_of_a_tensor()
    {
        CudaReferenceRun.SkipUnlessAvailable();
        var device = CudaDevice.Find(0)!;
        device.Name.Should().NotBeEmpty();
        using var first = torch.ones(1, device: torch.CUDA);
        var before = device.UsedBytes;
        using var gigabyte = torch.ones(1 << 28, device: torch.CUDA);
        (device.UsedBytes - before).Should().BeCloseTo(1L << 30, 64 << 20);
    }

    [Fact]
    public void Metrics_report_the_memory_of_the_device()
    {
        var plan = DeviceRun.Plan(DeviceKind.Cuda, "v1", ComputeType.BFloat16, steps: 2);
        using var trainer = Trainer.Create(TestClearance.Create(plan));
        trainer.TakeStep();
        trainer.TakeStep().MemoryBytes.Should().BeCloseTo(CudaDevice.Find(0)!.UsedBytes, 64 << 20);
    }
}
