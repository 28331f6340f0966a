using FluentAssertions;
using TurkishLlm.Specification;
using TurkishLlm.Tests.Unit.Training;
using static TorchSharp.torch;

namespace TurkishLlm.Tests.Unit.LanguageModels.Foreign;

/// <summary>Models and loops without a bug meet every requirement, in both number types.</summary>
[Collection(nameof(NonParallel))]
public sealed class ForeignSubjectTests
{
    // The number of seeds: more find false alarms that are rare.
    private static readonly int Seeds =
        int.TryParse(Environment.GetEnvironmentVariable("TURKISHLLM_SEEDS"), out var count) ? count : 1;

    public static TheoryData<string, ScalarType, long> Runs() =>
        [
            .. from name in ForeignCatalogs.Names
            from type in new[] { ScalarType.Float32, ScalarType.BFloat16 }
            from seed in Enumerable.Range(1, Seeds)
            select (name, type, (long)seed),
        ];

    [Theory, MemberData(nameof(Runs))]
    public void Correct_subjects_hold(string name, ScalarType type, long seed)
    {
        using var at = new Conditions(numberType: type, seed: seed);
        ForeignCatalogs.Get(name).Judge(at)
            .Where(judgment => !judgment.Verdict.Holds)
            .Select(judgment => $"{judgment.Requirement.Id} {judgment.CaseName}: {judgment.Verdict.Evidence}")
            .Should().BeEmpty();
    }
}
