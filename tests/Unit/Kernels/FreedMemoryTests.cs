using FluentAssertions;
using TorchSharp;
using TurkishLlm.Kernels.Native;
using TurkishLlm.Tests.Unit.Training;

namespace TurkishLlm.Tests.Unit.Kernels;

/// <summary>Freed memory stays with the process until it is released.</summary>
[Collection(nameof(NonParallel))]
public sealed class FreedMemoryTests
{
    private const long Bytes = 256 << 20;

    [Fact]
    public void Is_kept_until_it_is_released_and_can_be_used_again()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Freed memory is kept on Linux only.");
        Assert.SkipUnless(NativeEnvironment.KeepsFreedMemory, "TURKISHLLM_MEMORY=system returns freed memory at once.");
        FreedMemory.Release();
        var before = ReadResidentBytes();
        AllocateAndFree(1.5f);
        (ReadResidentBytes() - before).Should().BeGreaterThan(Bytes / 2, "the next step asks for the same size");
        FreedMemory.Release();
        (ReadResidentBytes() - before).Should().BeLessThan(Bytes / 2);
        AllocateAndFree(-2.5f);
    }

    private static void AllocateAndFree(float value)
    {
        using var scope = torch.NewDisposeScope();
        var tensor = torch.full([Bytes / 8], value) * 2;        // two arrays of half the size
        tensor[0].item<float>().Should().Be(2 * value);
        tensor[-1].item<float>().Should().Be(2 * value);
    }

    private static long ReadResidentBytes() =>
        long.Parse(
            File.ReadLines("/proc/self/status").Single(line => line.StartsWith("VmRSS")).Split(' ')[^2],
            System.Globalization.CultureInfo.InvariantCulture) * 1024;
}
