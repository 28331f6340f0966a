using System.Runtime.InteropServices;
using FluentAssertions;
using TorchSharp;
using TurkishLlm.Kernels.Native;
using TurkishLlm.Runs.Logs;

namespace TurkishLlm.Tests.Unit.Runs;

public sealed class HardwareTests
{
    [Fact]
    public void Each_property_of_the_machine_is_in_its_place()
    {
        var machine = Hardware.Detect(7, torch.CPU);
        (machine.AfterStep, machine.Device, machine.Processors, machine.Threads, machine.Blas).Should().Be(
            (7, "cpu", Environment.ProcessorCount, torch.get_num_threads(), ""));
        (machine.OperatingSystem, machine.Runtime, machine.Libtorch).Should().Be(
            (RuntimeInformation.OSDescription, RuntimeInformation.FrameworkDescription, TorchLibrary.Version));
        machine.MemoryBytes.Should().Be(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);
    }
}
