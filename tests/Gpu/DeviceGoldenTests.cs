using FluentAssertions;
using TurkishLlm.Tests.Shared;

namespace TurkishLlm.Tests.Gpu;

public sealed class DeviceGoldenTests
{
    [Fact]
    public void The_first_text_is_kept_and_another_is_refused_once_it_is_on_record()
    {
        var folder = Directory.CreateDirectory(Path.Combine(ReferenceRun.Scratch, "golden")).FullName;
        var (golden, verified, received) = (
            new DeviceGoldenFile(folder), Path.Combine(folder, "v1.verified.txt"),
            Path.Combine(folder, "v1.received.txt"));

        golden.Compare("v1", "11.05\n").Should().BeFalse();
        File.Move(received, verified);
        golden.Compare("v1", "11.05\n").Should().BeTrue();
        File.Exists(received).Should().BeFalse();

        Assert.ThrowsAny<Exception>(() => golden.Compare("v1", "11.06\n")).Message.Should().Contain("v1.received.txt");
        File.ReadAllText(received).Should().Be("11.06\n");
        File.ReadAllText(verified).Should().Be("11.05\n");
    }
}
