using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using FluentAssertions;

namespace TurkishLlm.Tests.Unit.Cli;

/// <summary>Runs the programs of samples/ as separate processes.</summary>
public sealed class SampleTests
{
    [Fact]
    public void A_TorchSharp_module_learns_from_the_hidden_states_of_the_model()
    {
        var program = Path.Combine(AppContext.BaseDirectory, "OwnModule.dll");
        var start = new ProcessStartInfo("dotnet", [program]) { RedirectStandardOutput = true };
        using var process = Process.Start(start)!;
        var losses = Regex.Matches(process.StandardOutput.ReadToEnd(), "loss ([0-9.]+)")
            .Select(match => double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture)).ToArray();
        process.WaitForExit();
        process.ExitCode.Should().Be(0);
        losses.Should().HaveCount(6);
        losses[0].Should().BeGreaterThan(0.5, "it begins by guessing: ln 2 is 0.69");
        losses[^1].Should().BeLessThan(losses[0] / 2);
    }
}
