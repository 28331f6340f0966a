using FluentAssertions;
using TorchSharp;
using TurkishLlm.Specification;
using TurkishLlm.Specification.LanguageModels.Decoders;
using TurkishLlm.Tests.Unit.Training;

namespace TurkishLlm.Tests.Unit.LanguageModels;

/// <summary>The reference meets every requirement for decoders, and every impostor is refuted on every case.</summary>
[Collection(nameof(NonParallel))]
public sealed class DecoderRequirementTests
{
    private static readonly Catalog All = new("Decoder", DecoderRequirements.All);

    public static TheoryData<string, int> Cases() =>
        [.. from r in All from i in Enumerable.Range(0, r.CaseNames.Count) select (r.Id, i)];

    public static TheoryData<string, string> Impostors() =>
        [.. from r in All from name in r.ImpostorNames select (r.Id, name)];

    [Theory, MemberData(nameof(Cases))]
    public void Holds(string id, int index)
    {
        var verdict = All.Find(id).Judge(index, Conditions.Cpu);
        verdict.Holds.Should().BeTrue("{0} {1}: {2}", id, All.Find(id).CaseNames[index], verdict.Evidence);
        verdict.IsSkipped.Should().BeFalse("the reference has every capability: {0}", verdict.Evidence);
    }

    [Theory, MemberData(nameof(Cases))]
    public void Judging_leaves_no_tensor(string id, int index)
    {
        All.Find(id).Judge(index, Conditions.Cpu);
        var before = DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount;
        All.Find(id).Judge(index, Conditions.Cpu);
        DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount.Should().Be(before);
    }

    [Theory, MemberData(nameof(Impostors))]
    public void Refutes(string id, string impostor)
    {
        var requirement = All.Find(id);
        for (var i = 0; i < requirement.CaseNames.Count; i++)
        {
            var verdict = requirement.JudgeImpostor(impostor, i, Conditions.Cpu);
            verdict.Crashed.Should().BeFalse("{0} on {1}: {2}", impostor, requirement.CaseNames[i], verdict.Evidence);
            verdict.Holds.Should().BeFalse("{0} passed on {1}: {2}", impostor, requirement.CaseNames[i], verdict.Evidence);
        }
    }
}
