using FluentAssertions;
using TurkishLlm.Monitoring.Progress;
using TurkishLlm.Plans;
using TurkishLlm.Runs.Logs;
using TurkishLlm.Tests.Unit.Plans;

namespace TurkishLlm.Tests.Unit.Monitoring;

/// <summary>Checks that every displayed number follows from the lines of the file.</summary>
[Trait("Suite", "Fast")]
public sealed class RunProgressTests
{
    // Steps of 256 tokens that take 0.1, 0.2, 0.3 … seconds; the wall clock advances half a second more.
    private static readonly StepMetrics[] Lines =
    [
        .. Enumerable
            .Range(1, 40)
            .Select(n => new StepMetrics(
                n, 6 - n * 0.05, 1e-3, 1, n * 256L, 256 / (n * 0.1), n * (n + 1) * 0.05, 1 << 20,
            n % 10 == 0 ? 6.5 - n * 0.05 : null, n % 10 == 0 ? 2.5 - n * 0.01 : null, n * (n + 1) * 0.05 + n * 0.5)),
    ];

    private static readonly Hardware Machine = new(
        0, "cpu", "", 2, 1, 1 << 30, "Linux", ".NET", "1.13", "", new PeakRate(5e9, "given"), 3.6, "USD");

    [Fact]
    public void Speed_is_tokens_by_time_of_the_same_steps_and_not_a_mean_of_speeds()
    {
        var progress = Progress(Lines, Machine);
        var weights = Enumerable.Range(1, 40).Select(n => Math.Pow(0.95, 40 - n)).ToArray();
        var expected = weights.Sum(w => w * 256) / weights.Select((w, i) => w * (i + 1) * 0.1).Sum();
        progress.TokensPerSecond.Should().BeApproximately(expected, 1e-9 * expected);
    }

    [Fact]
    public void The_noise_scale_is_a_ratio_of_means_and_needs_fifty_steps()
    {
        // The variance falls from 95 to 46 and the squared gradient rises from 1.02 to 2: no mean of ratios.
        StepMetrics[] lines =
        [
            .. Enumerable.Range(1, 50).Select(n => Lines[0] with { Step = n, GradientNoise = new(1 + n * 0.02, 96 - n) }),
        ];
        Progress(lines[..49], Machine).GradientNoiseScale.Should().BeNull();
        var weights = Enumerable.Range(1, 50).Select(n => Math.Pow(0.999, 50 - n)).ToArray();
        var expected = weights.Select((w, i) => w * (95 - i)).Sum() / weights.Select((w, i) => w * (1.02 + i * 0.02)).Sum();
        Progress(lines, Machine).GradientNoiseScale.Should().BeApproximately(expected, 1e-9 * expected);
        lines[7] = lines[7] with { GradientNoise = null };
        Progress(lines, Machine).GradientNoiseScale.Should().BeNull("one of the fifty steps was not measured");
        lines[7] = lines[7] with { GradientNoise = new(-1e4, 1) };
        Progress(lines, Machine).GradientNoiseScale.Should().BeNull("noise decides");
    }

    [Fact]
    public void The_share_of_the_peak_is_speed_times_operations_of_a_token()
    {
        var progress = Progress(Lines, Machine);
        // vocabulary 512, width 64, 4 layers, key/value width 32, inner width 172, length 64
        const double flops = 6.0 * (4 * (2 * 64 * 64 + 2 * 64 * 32 + 3 * 64 * 172) + 512 * 64) + 12 * 4 * 64 * 64;
        progress.ModelFlopsUtilization.Should().BeApproximately(progress.TokensPerSecond * flops / 5e9, 1e-12);
    }

    [Fact]
    public void The_time_left_is_at_the_pace_of_the_clock_since_the_run_was_resumed()
    {
        var plan = TestPlans.Parse();
        var progress = new RunProgress(plan, [Machine], Lines.Take(30));
        foreach (var line in Lines.Skip(30)) progress.Add(line);
        var pace = (Lines[39].WallSeconds!.Value - Lines[30].WallSeconds!.Value) / 9;
        progress.EstimatedSecondsLeft.Should().BeApproximately(160 * pace, 1e-9);
    }

    [Fact]
    public void At_the_last_step_no_time_is_left() =>
        Progress([.. Lines, Lines[^1] with { Step = 200 }]).EstimatedSecondsLeft.Should().Be(0);

    [Fact]
    public void Every_segment_costs_what_its_machine_costs()
    {
        var dearer = Machine with { AfterStep = 25, HourlyRate = 7.2 };
        var progress = Progress(Lines, Machine, dearer);
        var (first, all) = (Lines[24].WallSeconds!.Value, Lines[39].WallSeconds!.Value);
        progress.Cost.Should().BeApproximately(first * 0.001 + (all - first) * 0.002, 1e-12);
        progress.EstimatedTotalCost.Should().BeApproximately(progress.Cost!.Value + progress.EstimatedSecondsLeft * 0.002, 1e-12);
        progress.Currency.Should().Be("USD");
    }

    [Fact]
    public void Without_a_price_or_a_peak_none_is_made_up()
    {
        var progress = Progress(Lines, Machine with { Peak = null, HourlyRate = null });
        (progress.Cost, progress.EstimatedTotalCost, progress.ModelFlopsUtilization).Should().Be((null, null, null));
        Progress(Lines).Cost.Should().BeNull();
    }

    [Fact]
    public void Keeps_the_last_validation_over_steps_without_one()
    {
        var progress = Progress([.. Lines.Take(37)]);
        progress.LastValidation.Should().Be(Lines[29]);
        Progress([.. Lines.Take(9)]).LastValidation.Should().BeNull();
    }

    [Fact]
    public void Before_the_first_step_there_is_nothing_to_report()
    {
        var progress = Progress([]);
        (progress.Last, progress.Cost, progress.ModelFlopsUtilization).Should().Be((null, null, null));
        new[] { progress.SmoothedLoss, progress.TokensPerSecond, progress.EstimatedSecondsLeft }
            .Should()
            .AllSatisfy(value => value.Should().Be(double.NaN));
    }

    [Fact]
    public void A_step_allocates_nothing()
    {
        var progress = Progress(Lines, Machine);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++) progress.Add(Lines[39]);
        (GC.GetAllocatedBytesForCurrentThread() - before).Should().Be(0);
    }

    private static RunProgress Progress(StepMetrics[] lines, params Hardware[]? machines)
    {
        var progress = new RunProgress(TestPlans.Parse(), machines ?? []);
        foreach (var line in lines) progress.Add(line);
        return progress;
    }
}
