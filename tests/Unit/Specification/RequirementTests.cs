using FluentAssertions;
using TurkishLlm.Spec.Kernel;
using TurkishLlm.Tests.Shared;

namespace TurkishLlm.Tests.Unit.Specification;

/// <summary>Every requirement holds on every canonical case, and is able to fail on each of them.</summary>
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

    [Theory, MemberData(nameof(Cases))]
    public void Holds(string id, int index)
    {
        var requirement = RequirementCatalog.Find(id);
        var verdict = requirement.Judge(index, ReferenceRun.Conditions);
        verdict.Holds.Should().BeTrue("{0} {1}: {2}", requirement, requirement.CaseNames[index], verdict.Evidence);
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
                requirement.CaseNames[index], verdict.Evidence);
        verdict
            .Holds.Should()
            .BeFalse("{0}: \"{1}\" passed on {2}: {3}", requirement, impostor, requirement.CaseNames[index], verdict.Evidence);
    }
}
