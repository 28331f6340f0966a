using FluentAssertions;
using TurkishLlm.Model.Layers;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Specification;

namespace TurkishLlm.Tests.Gpu;

/// <summary>The same catalog as everywhere, on the device and in both number types.</summary>
[Trait("Category", "GPU")]
public sealed class SpecificationTests
{
    public static TheoryData<string, ComputeType> Requirements() =>
        [.. from r in RequirementCatalog.All from type in Enum.GetValues<ComputeType>() select (r.Id, type)];

    [Theory, MemberData(nameof(Requirements))]
    public void Holds(string id, ComputeType type)
    {
        CudaReferenceRun.SkipUnlessAvailable();
        var (requirement, conditions) = (RequirementCatalog.Find(id), CudaReferenceRun.ConditionsFor(type));
        foreach (var (i, name) in requirement.GetCaseNames(conditions).Index())
        {
            var verdict = requirement.Judge(i, conditions);
            verdict.Holds.Should().BeTrue("{0} {1}: {2}", requirement, name, verdict.Evidence);
        }
    }

    // In bfloat16 the subtlest impostors drown in rounding: docs/tolerances.md, TOL-MODEL.
    public static TheoryData<string> Ids() => [.. RequirementCatalog.All.Select(r => r.Id)];

    [Theory, MemberData(nameof(Ids))]
    public void Refutes_its_impostors(string id)
    {
        CudaReferenceRun.SkipUnlessAvailable();
        var requirement = RequirementCatalog.Find(id);
        foreach (var impostor in requirement.ImpostorNames)
            for (var i = 0; i < requirement.CaseNames.Count; i++)
            {
                var verdict = requirement.JudgeImpostor(impostor, i, CudaReferenceRun.ConditionsFor(ComputeType.Float32));
                verdict
                    .Crashed.Should()
                    .BeFalse(
                        "{0}: \"{1}\" must be refuted by measurement, but it crashed on {2}: {3}", requirement, impostor,
                        requirement.CaseNames[i], verdict.Evidence);
                verdict
                    .Holds.Should()
                    .BeFalse("{0}: \"{1}\" on {2}: {3}", requirement, impostor, requirement.CaseNames[i], verdict.Evidence);
            }
    }
}
