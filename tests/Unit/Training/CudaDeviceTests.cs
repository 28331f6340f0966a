using FluentAssertions;
using TorchSharp;
using TurkishLlm.Training.Memory;

namespace TurkishLlm.Tests.Unit.Training;

public sealed class CudaDeviceTests
{
    [Theory, InlineData("no-such-driver.so.1"), InlineData("libc.so.6")]
    public void There_is_none_without_a_driver(string driver) => CudaDevice.Find(0, driver).Should().BeNull();

    [Fact]
    public void There_is_none_behind_the_last() => CudaDevice.Find(torch.cuda.device_count() + 100).Should().BeNull();
}
