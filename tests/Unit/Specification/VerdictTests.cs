using FluentAssertions;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Specification;

namespace TurkishLlm.Tests.Unit.Specification;

public sealed class VerdictTests
{
    [Fact]
    public void A_tolerance_has_a_margin() =>
        Verdict.AtMost(4e-7, 1e-7, "error").Should().Be(
            new Verdict(true, "error = 1E-07, allowed 4E-07", 0.25) { Measured = new("error", 1e-7) });

    /// <summary>A row as long as the sequence is full, not nearly too long.</summary>
    [Fact]
    public void A_limit_of_a_count_has_no_margin()
    {
        Verdict.AtMost(128, 128, "places").Should().Be(
            new Verdict(true, "places = 128, allowed 128") { Measured = new("places", 128) });
        Verdict.AtMost(128, 129, "places").Should().Be(
            new Verdict(false, "places = 129, allowed 128") { Measured = new("places", 129) });
        Verdict.AtMost(10m, 9.55m, "dollars").Should().Be(new Verdict(true, "dollars = 9.55, allowed 10"));
    }

    [Fact]
    public void Among_several_the_one_nearest_to_its_tolerance_counts() =>
        Verdict.All(Verdict.AtMost(2, 2, "rows"), Verdict.AtMost(1, 0.5, "error"), Verdict.AtMost(1, 0.75, "other"))
            .Margin.Should().Be(0.75);
}
