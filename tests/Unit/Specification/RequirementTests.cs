using FluentAssertions;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Specification;
using TurkishLlm.Tests.Shared;

namespace TurkishLlm.Tests.Unit.Specification;

/// <summary>Every requirement holds on every case, canonical or of a plan, and is able to fail on each of them.</summary>
public sealed class RequirementTests
{
    public static TheoryData<string, int> Cases() =>
        [.. from r in RequirementCatalog.All from i in Enumerable.Range(0, r.CaseNames.Count) select (r.Id, i)];

    public static TheoryData<string, string, int> Impostors() =>
        [
            .. from r in RequirementCatalog.All
            from name in r.ImpostorNames
            from i in Enumerable.Range(0, r.CaseNames.Count)
            select (r.Id, name, i),
        ];

    public static TheoryData<string> WithPlanCases() =>
        [.. from r in RequirementCatalog.All where r.HasPlanCases select r.Id];

    public static TheoryData<string, string> ImpostorsOnPlanCases() =>
        [
            .. from r in RequirementCatalog.All
            where r.HasPlanCases
            from name in r.ImpostorNames
            select (r.Id, name),
        ];

    [Theory, MemberData(nameof(WithPlanCases))]
    public void Holds_on_the_cases_of_a_plan(string id)
    {
        var requirement = RequirementCatalog.Find(id);
        foreach (var index in IndicesOfPlanCases(requirement)) Holds(id, index);
    }

    [Theory, MemberData(nameof(ImpostorsOnPlanCases))]
    public void Refutes_on_the_cases_of_a_plan(string id, string impostor)
    {
        var requirement = RequirementCatalog.Find(id);
        foreach (var index in IndicesOfPlanCases(requirement)) Refutes(id, impostor, index);
    }

    [Theory, MemberData(nameof(Cases))]
    public void Holds(string id, int index)
    {
        var requirement = RequirementCatalog.Find(id);
        var verdict = requirement.Judge(index, ReferenceRun.Conditions);
        verdict.Holds.Should().BeTrue("{0} {1}: {2}", requirement, NameOf(requirement, index), verdict.Evidence);
    }

    [Theory, MemberData(nameof(Impostors))]
    public void Refutes(string id, string impostor, int index)
    {
        var requirement = RequirementCatalog.Find(id);
        var verdict = requirement.JudgeImpostor(impostor, index, ReferenceRun.Conditions);
        verdict
            .Crashed.Should()
            .BeFalse(
                "{0}: \"{1}\" must be refuted by measurement, but it crashed on {2}: {3}", requirement, impostor,
                NameOf(requirement, index), verdict.Evidence);
        verdict
            .Holds.Should()
            .BeFalse("{0}: \"{1}\" passed on {2}: {3}", requirement, impostor, NameOf(requirement, index), verdict.Evidence);
    }

    private static IEnumerable<int> IndicesOfPlanCases(Requirement requirement)
    {
        var (canonical, all) = (requirement.CaseNames.Count, requirement.GetCaseNames(ReferenceRun.Conditions).Count);
        return Enumerable.Range(canonical, all - canonical);
    }

    private static string NameOf(Requirement requirement, int index) =>
        requirement.GetCaseNames(ReferenceRun.Conditions)[index];
}
