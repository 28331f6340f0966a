using FluentAssertions;
using TorchSharp;
using TurkishLlm.Specification;
using TurkishLlm.Specification.LanguageModels.Decoders;
using TurkishLlm.Specification.Xunit;
using TurkishLlm.Tests.Unit.Training;

namespace TurkishLlm.Tests.Unit.LanguageModels;

/// <summary>The reference meets every requirement for decoders, and every impostor is refuted on every case.</summary>
[Collection(nameof(NonParallel))]
public sealed class DecoderRequirementTests
{
    private static readonly Catalog All = new("Decoder", DecoderRequirements.All);

    public static TheoryData<string, int> Cases() =>
        [.. from r in All from i in Enumerable.Range(0, r.CaseNames.Count) select (r.Id, i)];

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

    [Theory, Requirements(typeof(DecoderRequirementTests), nameof(All), Impostors = true)]
    public void Refutes(RequirementCase c) => c.Verify();
}
