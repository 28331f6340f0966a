using FluentAssertions;
using TurkishLlm.Specification;
using TurkishLlm.Specification.LanguageModels;
using static TorchSharp.torch;

namespace TurkishLlm.Tests.Unit.LanguageModels;

/// <summary>A correct loop that was written without the reference raises no alarm.</summary>
public sealed class ModuleLoopTests
{
    private static readonly Catalog All = Judge.Loop(ModuleLoop.Facts, options => new ModuleLoop(options));

    public static TheoryData<string, long, ScalarType> Runs() =>
        [
            .. from requirement in All
            from seed in new long[] { 1, 2, 3 }
            from type in new[] { ScalarType.Float32, ScalarType.BFloat16 }
            select (requirement.Id, seed, type),
        ];

    [Theory, MemberData(nameof(Runs))]
    public void Holds(string id, long seed, ScalarType type)
    {
        foreach (var judgment in new Catalog("one", All.Find(id)).Judge(new Conditions(numberType: type, seed: seed)))
            judgment.Verdict.Holds.Should().BeTrue("{0} {1}: {2}", id, judgment.CaseName, judgment.Verdict.Evidence);
    }

    [Fact]
    public void Skips_what_the_loop_does_not_have() =>
        All.Judge().Where(judgment => judgment.Verdict.IsSkipped).Select(judgment => judgment.Requirement.Id).Distinct()
            .Should().Equal("LOOP-14", "LOOP-15", "LOOP-16");
}
