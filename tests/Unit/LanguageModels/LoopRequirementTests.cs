using FluentAssertions;
using TurkishLlm.Specification;
using TurkishLlm.Specification.LanguageModels;
using TurkishLlm.Specification.LanguageModels.Loops;
using TurkishLlm.Specification.LanguageModels.Reference;
using TurkishLlm.Tests.Unit.Training;
using static TorchSharp.torch;

namespace TurkishLlm.Tests.Unit.LanguageModels;

/// <summary>The reference loop meets every requirement of loops, and each of them can fail.</summary>
[Collection(nameof(NonParallel))]
public sealed class LoopRequirementTests
{
    private static readonly Catalog All = Judge.Loop(ReferenceLoop.Facts, options => new ReferenceLoop(options));

    public static TheoryData<string, long, ScalarType> Runs() =>
        [
            .. from requirement in All
            from seed in new long[] { 1, 2, 3 }
            from type in new[] { ScalarType.Float32, ScalarType.BFloat16 }
            select (requirement.Id, seed, type),
        ];

    public static TheoryData<string, string, int> Impostors() =>
        [
            .. from requirement in All
            from name in requirement.ImpostorNames
            from index in Enumerable.Range(0, requirement.CaseNames.Count)
            select (requirement.Id, name, index),
        ];

    public static TheoryData<string, string, int> AccumulationImpostors() =>
        [
            .. from row in Impostors()
            where row.Data.Item1 is "LOOP-01" or "LOOP-02" or "LOOP-03"
            select row.Data,
        ];

    [Theory, MemberData(nameof(Runs))]
    public void Holds(string id, long seed, ScalarType type)
    {
        var at = new Conditions(numberType: type, seed: seed);
        foreach (var judgment in new Catalog("one", All.Find(id)).Judge(at))
        {
            judgment.Verdict.Holds.Should().BeTrue("{0} {1}: {2}", id, judgment.CaseName, judgment.Verdict.Evidence);
            judgment.Verdict.IsSkipped.Should().BeFalse("{0} is not judged: {1}", id, judgment.Verdict.Evidence);
        }
    }

    [Theory, MemberData(nameof(Impostors))]
    public void Refutes(string id, string impostor, int index) =>
        ThrowIfNotRefuted(All.Find(id).JudgeImpostor(impostor, index, Conditions.Cpu), id, impostor, index);

    [Theory, MemberData(nameof(AccumulationImpostors))]
    public void Refutes_by_updates_where_no_gradients_are_reported(string id, string impostor, int index)
    {
        var requirement = Accumulation.Single(r => r.Id == id);
        var c = requirement.CanonicalCases[index];
        var wrong = requirement.Impostors[impostor](c, Conditions.Cpu);
        ThrowIfNotRefuted(
            requirement.For((_, _) => WithoutGradients(wrong)).Judge(c, Conditions.Cpu), id, impostor, index);
    }

    [Fact]
    public void Holds_by_updates_where_no_gradients_are_reported()
    {
        foreach (var requirement in Accumulation)
            foreach (var type in new[] { ScalarType.Float32, ScalarType.BFloat16 })
                foreach (var seed in new long[] { 1, 2, 3 })
                    foreach (var c in requirement.CanonicalCases)
                    {
                        var verdict = requirement
                            .For((_, _) => WithoutGradients(new(ReferenceLoop.Facts, options => new ReferenceLoop(options))))
                            .Judge(c, new(numberType: type, seed: seed));
                        verdict.Holds.Should()
                            .BeTrue("{0} {1}, {2}, seed {3}: {4}", requirement.Id, c, type, seed, verdict.Evidence);
                    }
    }

    private static IReadOnlyList<Requirement<LoopCase, LoopSubject>> Accumulation =>
    [
        AccumulationRequirements.LOOP_01_MicroBatches, AccumulationRequirements.LOOP_02_IgnoredRows,
        AccumulationRequirements.LOOP_03_Order,
    ];

    private static LoopSubject WithoutGradients(LoopSubject subject) =>
        subject with { Create = options => new SilentLoop(subject.Create(options)) };

    private static void ThrowIfNotRefuted(Verdict verdict, string id, string impostor, int index)
    {
        verdict.Crashed.Should().BeFalse("{0}: \"{1}\" crashed on case {2}: {3}", id, impostor, index, verdict.Evidence);
        verdict.Holds.Should().BeFalse("{0}: \"{1}\" passed on case {2}: {3}", id, impostor, index, verdict.Evidence);
    }
}
