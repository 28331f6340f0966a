using FluentAssertions;
using TorchSharp;
using TurkishLlm.Model.Layers;
using TurkishLlm.Monitoring.Progress;
using TurkishLlm.Runs.Logs;
using TurkishLlm.Tests.Unit.Training;

namespace TurkishLlm.Tests.Unit.Monitoring;

/// <summary>Not parallel, because the random generator of libtorch belongs to the whole process.</summary>
[Collection(nameof(NonParallel))]
public sealed class PeakBenchmarkTests
{
    [Fact]
    public void The_peak_is_measured_and_leaves_the_random_numbers_alone()
    {
        using var scope = torch.NewDisposeScope();
        var before = torch.get_rng_state().bytes.ToArray();
        var peak = PeakBenchmark.Measure(torch.CPU, ComputeType.Float32);
        torch.get_rng_state().bytes.ToArray().Should().Equal(before);
        peak.Flops.Should().BeInRange(1e8, 1e15);
        peak.Source.Should()
            .MatchRegex("^measured: product of (512|1024|2048|4096|8192) × (512|1024|2048|4096|8192) in float32$");
    }
}
