using FluentAssertions;
using TurkishLlm.Model.Layers;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Specification;
using TurkishLlm.Tests.Shared;
using TurkishLlm.Tests.Unit.Emulation;
using TurkishLlm.Tests.Unit.Training;

namespace TurkishLlm.Tests.Unit.Specification;

/// <summary>
/// The requirements of what kernels compute, with the kernels of CUDA devices emulated on the CPU, so that their source is judged
/// wherever tests run.
/// </summary>
[Collection(nameof(NonParallel))]
public sealed class EmulatedCudaTests
{
    // What multiplies no matrix; and generation and whole runs, which would take long in an emulation: they are the GPU suite's.
    private static readonly string[] SkippedRequirements =
        ["TOK", "DAT", "SYN", "CKP", "EVL", "SFT-0", "ENG", "GEN", "SAF", "RNK", "SFT-2", "SFT-3", "DPO-1"];

    private static readonly Dictionary<ComputeType, Lazy<RunConditions>> ByType = Enum.GetValues<ComputeType>().ToDictionary(
        type => type, type => new Lazy<RunConditions>(() => new RunConditions(ReferenceRun.Plan with { ComputeType = type })));

    public static TheoryData<string, ComputeType> Requirements() =>
    [
        .. from r in RequirementCatalog.All
           where !SkippedRequirements.Any(area => r.Id.StartsWith(area, StringComparison.Ordinal))
           from type in Enum.GetValues<ComputeType>()
           select (r.Id, type),
    ];

    [Theory, MemberData(nameof(Requirements))]
    public void Holds(string id, ComputeType type)
    {
        using var device = EmulatedCuda.Begin();
        var (requirement, conditions) = (RequirementCatalog.Find(id), ByType[type].Value);
        foreach (var (i, name) in requirement.GetCaseNames(conditions).Index())
        {
            var verdict = requirement.Judge(i, conditions);
            verdict.Holds.Should().BeTrue("{0} {1}: {2}", requirement, name, verdict.Evidence);
        }
    }
}
