using FluentAssertions;
using TurkishLlm.Training.Validation;

namespace TurkishLlm.Tests.Unit.Monitoring;

[Trait("Suite", "Fast")]
public sealed class ValidationResultTests
{
    [Fact]
    public void Sums_over_windows_of_unequal_size()
    {
        var result = new PerplexityMetrics([new(30, 10, 42), new(9, 2, 7), new(1.5, 1, 0)]);
        (result.Tokens, result.Bytes, result.Nats).Should().Be((13, 49, 40.5));
        result.Loss.Should().BeApproximately(40.5 / 13, 1e-12);
        result.Perplexity.Should().BeApproximately(Math.Exp(40.5 / 13), 1e-12);
        result.BitsPerByte.Should().BeApproximately(40.5 / 49 * 1.442695040888963, 1e-12);
    }

    [Theory]
    [InlineData(6, 0)]
    [InlineData(40, 0)]
    [InlineData(40, 0.6)]
    [InlineData(400, 0.6)]
    public void The_interval_covers_the_truth_about_as_often_as_it_says(int windows, double correlation)
    {
        var covered = Enumerable
            .Range(0, 2000)
            .Count(seed => Drawn(windows, correlation, seed).LossInterval is var (low, high) && low <= 4 && 4 <= high);
        // 95 %; a long correlation is not wholly seen by a short run.
        covered.Should().BeInRange(correlation == 0 ? 1840 : windows > 100 ? 1780 : 1560, 1960);
    }

    [Fact]
    public void Neighbours_that_resemble_each_other_widen_the_interval()
    {
        double Width(double correlation) =>
            Enumerable
                .Range(0, 200)
                .Average(seed => Drawn(100, correlation, seed).LossInterval is var (low, high) ? high - low : double.NaN);
        Width(0.6).Should().BeGreaterThan(1.5 * Width(0));
    }

    [Fact]
    public void Three_windows_are_too_few() =>
        new PerplexityMetrics([new(30, 10, 42), new(9, 2, 7), new(1.5, 1, 1)]).LossInterval.Should().BeNull();

    // Windows around a loss of 4; each resembles the one before it.
    private static PerplexityMetrics Drawn(int windows, double correlation, int seed)
    {
        var random = new Random(seed);
        double Normal() => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
        var state = Normal();
        return new([.. Enumerable.Range(0, windows).Select(i =>
        {
            state = correlation * state + Math.Sqrt(1 - correlation * correlation) * Normal();
            var tokens = i == windows - 1 ? 50 : 128;
            return new WindowLoss(tokens * (4 + 0.3 * state), tokens, 500);
        })]);
    }
}
