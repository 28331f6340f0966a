using System.Globalization;
using FluentAssertions;
using TurkishLlm.Kernels.Native;
using TurkishLlm.Tests.Unit.Training;

namespace TurkishLlm.Tests.Unit.Kernels;

/// <summary>
/// The arrays of fused operators stay with the process when they are freed, until they are released. glibc's heap is not
/// measured: other threads than the first one have heaps of their own.
/// </summary>
[Collection(nameof(NonParallel))]
public sealed unsafe class FreedMemoryTests
{
    private const int Bytes = 256 << 20;

    [Fact]
    public void Is_kept_until_it_is_released()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Freed memory is kept on Linux only.");
        Assert.SkipUnless(NativeEnvironment.IsFreedMemoryRetained, "TURKISHLLM_MEMORY=system returns freed memory at once.");
        FreedMemory.Release();
        var before = ReadResidentBytes();
        HugePageAllocator.Free(AllocateFilled(3));
        (ReadResidentBytes() - before).Should().BeGreaterThan(Bytes / 2, "the next step asks for the same size");
        FreedMemory.Release();
        (ReadResidentBytes() - before).Should().BeLessThan(Bytes / 2);
    }

    [Fact]
    public void Leaves_arrays_in_use_as_they_are()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Freed memory is kept on Linux only.");
        Assert.SkipUnless(NativeEnvironment.IsFreedMemoryRetained, "TURKISHLLM_MEMORY=system returns freed memory at once.");
        nint[] arrays = [AllocateFilled(5), AllocateFilled(7), AllocateFilled(11)];
        HugePageAllocator.Free(arrays[1]);      // between two others
        FreedMemory.Release();
        foreach (var (array, value) in new[] { (arrays[0], (byte)5), (arrays[2], (byte)11) })
        {
            new ReadOnlySpan<byte>((void*)array, Bytes).IndexOfAnyExcept(value).Should().Be(-1);
            HugePageAllocator.Free(array);
        }
        FreedMemory.Release();
    }

    private static nint AllocateFilled(byte value)
    {
        var array = HugePageAllocator.Allocate(Bytes);
        array.Should().NotBe(0);
        new Span<byte>((void*)array, Bytes).Fill(value);
        return array;
    }

    private static long ReadResidentBytes() =>
        1024 * long.Parse(
            File.ReadLines("/proc/self/status").Single(line => line.StartsWith("VmRSS", StringComparison.Ordinal)).Split(' ')[^2],
            CultureInfo.InvariantCulture);
}
