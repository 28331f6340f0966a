using FluentAssertions;
using TurkishLlm.Specification;
using TurkishLlm.Tests.Unit.Training;

namespace TurkishLlm.Tests.Unit.Specification;

/// <summary>How verdicts with patterns are compared.</summary>
[Collection(nameof(NonParallel))]
public sealed class ResemblanceTests
{
    private static readonly Requirement<int, double[]> Pattern = new()
    {
        Id = "TEST-01",
        Statement = "A pattern is zero.",
        Source = "test",
        CanonicalCases = [0],
        Subject = (_, _) => [1, 0, 0, 0],
        Holds = (pattern, _, _) => Verdict.That(pattern.All(x => x == 0), "it is not zero") with { Pattern = pattern },
        Impostors = new()
        {
            ["another place"] = (_, _) => [0, 1, 0, 0],
            ["half there, half elsewhere"] = (_, _) => [1, 1, 0, 0],
            ["the same, twice as large"] = (_, _) => [2, 0, 0, 0],
        },
    };

    [Fact]
    public void Patterns_decide_between_impostors_with_the_same_evidence()
    {
        var nearest = Rank();
        nearest.Select(resemblance => resemblance.Impostor).Should()
            .Equal("the same, twice as large", "half there, half elsewhere", "another place");
    }

    [Fact]
    public void What_is_zero_in_both_is_no_resemblance()
    {
        var nearest = Rank().ToDictionary(r => r.Impostor, r => r.Distance);
        nearest["the same, twice as large"].Should().Be(0);
        nearest["half there, half elsewhere"].Should().BeApproximately(0.98 * 0.5, 1e-12);
        nearest["another place"].Should().BeApproximately(0.98, 1e-12);
    }

    private static IReadOnlyList<Resemblance> Rank() =>
        Pattern.FindResemblances(new Catalog("own", Pattern).Judge(), Conditions.Cpu);
}
