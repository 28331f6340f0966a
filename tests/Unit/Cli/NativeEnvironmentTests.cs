using FluentAssertions;

namespace TurkishLlm.Tests.Unit.Cli;

/// <summary>
/// The settings of the native libraries are applied before a library loads. Uses a separate process, since they are read once.
/// </summary>
public sealed class NativeEnvironmentTests
{
    [Fact]
    public void Threads_of_libtorch_sleep_between_operators()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "only the OpenMP library of the Linux package prints its settings");
        using var child = new ChildProcess(
            new Dictionary<string, string> { ["OMP_DISPLAY_ENV"] = "verbose" },
            ["doctor"]);
        child.WaitForExit();
        child.Output.Should().Contain("GOMP_SPINCOUNT = '0'");
    }
}
