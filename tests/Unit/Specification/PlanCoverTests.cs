using FluentAssertions;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Specification;
using TurkishLlm.Tests.Unit.Model;
using TurkishLlm.Tests.Unit.Training;

namespace TurkishLlm.Tests.Unit.Specification;

/// <summary>The gate is open for valid plans, however unusual their values: a false alarm stops a user's training.</summary>
[Collection(nameof(NonParallel))]
public sealed class PlanCoverTests
{
    public static TheoryData<int> Rows() => [.. Enumerable.Range(0, PlanCover.Rows.Rows.Count)];

    [Theory, MemberData(nameof(Rows))]
    public void Raises_no_false_alarm(int number)
    {
        using var folder = new TemporaryFolder();
        var row = PlanCover.Rows.Rows[number];
        using var at = new RunConditions(PlanCover.Create(row, folder.Path));

        (string Name, Verdict Verdict)[] judged =
        [
            .. from requirement in RequirementCatalog.All
               let names = requirement.GetCaseNames(at)
               from index in Enumerable.Range(0, names.Count)
               where index >= requirement.CaseNames.Count || names[index] == "the run's own model"
               select ($"{requirement.Id} {names[index]}", requirement.Judge(index, at)),
        ];

        judged.Should().HaveCountGreaterThan(40);
        judged.Where(entry => !entry.Verdict.Holds).Should().BeEmpty("the plan is valid: {0}", PlanCover.Describe(row));
    }

    [Fact]
    public void Covers_every_pair_that_a_plan_can_have() => PlanCover.Rows.AllPairs()
        .Where(pair => !PlanCover.Rows.Rows.Any(row => row[pair.A] == pair.LevelA && row[pair.B] == pair.LevelB))
        .Should().BeEquivalentTo(PlanCover.Rows.Impossible, "a plan refuses these");
}
