using FluentAssertions;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Specification;
using TurkishLlm.Tests.Shared;
using TurkishLlm.Tests.Unit.Training;

namespace TurkishLlm.Tests.Unit.Specification;

/// <summary>Tests of the impostors that the message of a closed gate names.</summary>
[Collection(nameof(NonParallel))]
public sealed class GateResemblanceTests
{
    private static readonly Requirement<int, Func<int>> Sum = new()
    {
        Id = "TST-01",
        Statement = "A function returns its number.",
        Source = "None",
        CanonicalCases = [7, 70],
        PlanCases = at => [at.Model.NLayers + 700],
        Subject = (number, _) => () => number > 7 ? number + 1 : number,
        Holds = (get, number, _) => Verdict.AtMost(0.5, Math.Abs(number - get()), "difference"),
        Impostors = new()
        {
            ["half of it"] = (number, _) => () => number / 2,
            ["the next number"] = (number, _) => () => number + 1,
        },
    };

    [Fact]
    public void A_closed_gate_names_the_nearest_impostor()
    {
        var report = PlanGate.Judge(ReferenceRun.Plan, new("own", Sum));
        report.FailedJudgments.Should().HaveCount(2, "one canonical case and that of the plan fail");
        report.Resemblances[Sum].Impostor.Should().Be("the next number");
        new PlanGateClosedException(report).Message.ReplaceLineEndings("\n").Should()
            .Contain("\n    70: difference = 1, allowed 0.5\n    plan: ")
            .And.Contain("\n    looks like: the next number (measures difference = 1, allowed 0.5)\n    → ");
        report.ToJson().Should().NotContain("looks like", "a report says what was measured, and no more");
    }

    [Fact]
    public void A_bug_unlike_all_impostors_is_not_explained()
    {
        var wrong = Sum.For((_, _) => () => -1_000_000);
        PlanGate.Judge(ReferenceRun.Plan, new("own", wrong)).Resemblances.Should().BeEmpty();
    }

    [Theory]
    [InlineData(9.9, true), InlineData(10.1, false)]
    public void Impostors_that_would_take_too_long_are_not_judged(double seconds, bool isNamed)
    {
        var failed = new Judgment(Sum, "70", Verdict.AtMost(0.5, 1, "difference"), TimeSpan.FromSeconds(seconds));
        GateResemblances.Find([failed], ReferenceRun.Conditions).ContainsKey(Sum).Should().Be(isNamed);
    }
}
