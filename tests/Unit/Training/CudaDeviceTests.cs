using FluentAssertions;
using TorchSharp;
using TurkishLlm.Training;

namespace TurkishLlm.Tests.Unit.Training;

public sealed class CudaDeviceTests
{
    [Theory, InlineData("no-such-driver.so.1"), InlineData("libc.so.6")]
    public void There_is_none_without_a_driver(string driver) => CudaDevice.Find(0, driver).Should().BeNull();

    [Fact]
    public void There_is_none_behind_the_last() => CudaDevice.Find(torch.cuda.device_count() + 100).Should().BeNull();

    [Fact]
    public void Tells_its_name_and_what_a_tensor_takes()
    {
        Assert.SkipUnless(torch.cuda.is_available(), "There is no CUDA device here.");
        var device = CudaDevice.Find(0)!;
        device.Name.Should().NotBeEmpty();
        using var first = torch.ones(1, device: torch.CUDA);
        var before = device.UsedBytes;
        using var gigabyte = torch.ones(1 << 28, device: torch.CUDA);
        (device.UsedBytes - before).Should().BeCloseTo(1L << 30, 64 << 20);
    }
}
