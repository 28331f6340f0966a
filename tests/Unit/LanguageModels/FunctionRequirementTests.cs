using FluentAssertions;
using TurkishLlm.Specification;
using TurkishLlm.Tests.Unit.Training;

namespace TurkishLlm.Tests.Unit.LanguageModels;

/// <summary>The references meet every requirement of functions, and every impostor is refuted on every case.</summary>
[Collection(nameof(NonParallel))]
public sealed class FunctionRequirementTests
{
    public static TheoryData<string, string> Requirements() =>
        [.. from catalog in FunctionCatalogs.All from requirement in catalog.Value select (catalog.Key, requirement.Id)];

    public static TheoryData<string, string, string> Impostors() =>
    [
        .. from catalog in FunctionCatalogs.All
           from requirement in catalog.Value
           from impostor in requirement.ImpostorNames
           select (catalog.Key, requirement.Id, impostor),
    ];

    [Theory, MemberData(nameof(Requirements))]
    public void Holds(string catalog, string id)
    {
        var requirement = FunctionCatalogs.All[catalog].Find(id);
        requirement.HasPlanCases.Should().BeFalse("it needs no plan");
        for (var i = 0; i < requirement.CaseNames.Count; i++)
        {
            var verdict = requirement.Judge(i, Conditions.Cpu);
            verdict.Holds.Should().BeTrue("{0} {1}: {2}", id, requirement.CaseNames[i], verdict.Evidence);
            verdict.IsSkipped.Should().BeFalse("{0}", verdict.Evidence);
        }
    }

    [Theory, MemberData(nameof(Impostors))]
    public void Refutes(string catalog, string id, string impostor)
    {
        var requirement = FunctionCatalogs.All[catalog].Find(id);
        for (var i = 0; i < requirement.CaseNames.Count; i++)
        {
            var verdict = requirement.JudgeImpostor(impostor, i, Conditions.Cpu);
            verdict.Crashed.Should().BeFalse("{0} on {1}: {2}", impostor, requirement.CaseNames[i], verdict.Evidence);
            verdict.Holds.Should().BeFalse("{0} passed on {1}: {2}", impostor, requirement.CaseNames[i], verdict.Evidence);
        }
    }
}
