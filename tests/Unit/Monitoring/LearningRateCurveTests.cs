using FluentAssertions;
using TurkishLlm.Monitoring.Diagnosis;
using TurkishLlm.Monitoring.Pages;

namespace TurkishLlm.Tests.Unit.Monitoring;

public sealed class LearningRateCurveTests
{
    private const int PerDecade = 20;

    /// <summary>
    /// A loss of 8 that falls by 3 with the logistic of ln(rate ÷ 10⁻³), steepest at 10⁻³, and rises with rate² ÷ 0.01.
    /// </summary>
    [Theory]
    [InlineData(0, 0)]
    [InlineData(0.02, 1)]
    [InlineData(0.02, 2)]
    public void Suggests_the_rate_at_which_the_loss_falls_fastest(double noise, int seed)
    {
        var curve = new LearningRateCurve(Losses(noise, seed));
        curve.Steepest!.Rate.Should().BeInRange(1e-3 / 1.5, 1e-3 * 1.5);
        curve.Lowest!.Rate.Should().BeInRange(0.005, 0.05);
        curve.Points.Should().HaveCount(121).And.BeInAscendingOrder(point => point.Rate);
    }

    [Fact]
    public void Suggests_nothing_if_the_loss_does_not_fall_by_more_than_its_noise()
    {
        var random = new Random(3);
        var flat = Enumerable.Range(0, 120).Select(i => (Rate(i), 5 + 0.1 * random.NextDouble())).ToArray();
        new LearningRateCurve(flat).Steepest.Should().BeNull();
        new LearningRateCurve([.. flat.Select((point, i) => (point.Item1, 5 + 0.1 * i))]).Steepest.Should().BeNull();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(8)]
    public void Judges_no_curve_of_a_few_steps(int count)
    {
        var curve = new LearningRateCurve([.. Losses(0, 0).Take(count)]);
        (curve.Points.Count, curve.Lowest, curve.Steepest).Should().Be((count, null, null));
    }

    [Fact]
    public void Ends_at_the_first_loss_that_is_not_finite()
    {
        (double, double)[] losses = [.. Losses(0, 0).Take(30), (1, double.NaN), .. Losses(0, 0).Take(5)];
        new LearningRateCurve(losses).Points.Should().HaveCount(30);
    }

    [Fact]
    public void Smooths_with_as_many_neighbors_on_both_sides()
    {
        var curve = new LearningRateCurve([.. Enumerable.Range(0, 12).Select(i => (Rate(i), (double)(i * i)))]);
        double Mean(int from, int to) => Enumerable.Range(from, to - from + 1).Average(i => (double)(i * i));
        curve.Points.Select(point => point.Smoothed).Should().Equal(
            0, Mean(0, 2), Mean(0, 4), Mean(0, 6), Mean(0, 8), Mean(1, 9), Mean(2, 10), Mean(3, 11), Mean(5, 11), Mean(7, 11),
            Mean(9, 11), 121);
    }

    [Fact]
    public void Draws_a_page_with_the_suggestion()
    {
        var page = LearningRatePage.RenderHtml("a<b", new(Losses(0.02, 1)), "Suggested: 1.0e-3.", "nats per token");
        page.Should().Contain("<h1>a&lt;b · learning-rate range test</h1>").And.Contain("Suggested: 1.0e-3.")
            .And.Contain("★").And.Contain("Loss over learning rate, nats per token");
        LearningRatePage.RenderHtml("empty", new([]), "Nothing.", "nats per token").Should().Contain("no data");
    }

    private static double Rate(int i) => 1e-6 * Math.Pow(10, (double)i / PerDecade);

    private static (double Rate, double Loss)[] Losses(double noise, int seed)
    {
        var random = new Random(seed);
        return
        [
            .. Enumerable.Range(0, 121).Select(i => (Rate(i),
                8 - 3 / (1 + Math.Pow(1e-3 / Rate(i), 1.5)) + Rate(i) * Rate(i) / 0.01
                    + noise * (2 * random.NextDouble() - 1))),
        ];
    }
}
