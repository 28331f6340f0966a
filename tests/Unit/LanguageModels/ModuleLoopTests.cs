using FluentAssertions;
using TurkishLlm.Specification;
using TurkishLlm.Specification.LanguageModels;
using TurkishLlm.Tests.Unit.Training;
using static TorchSharp.torch;

namespace TurkishLlm.Tests.Unit.LanguageModels;

/// <summary>A loop that was written without the reference raises no alarm, but every mistake in it does.</summary>
[Collection(nameof(NonParallel))]
public sealed class ModuleLoopTests
{
    private static readonly Catalog All = With(LoopMistake.None);

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

    [Theory]
    [InlineData(LoopMistake.MeanOfMeans, "LOOP-01")]
    [InlineData(LoopMistake.LossOfLastMicroBatch, "LOOP-04")]
    [InlineData(LoopMistake.NotCleared, "LOOP-10")]
    [InlineData(LoopMistake.ClippedPerMicroBatch, "LOOP-05")]
    [InlineData(LoopMistake.NeverClipped, "LOOP-05")]
    [InlineData(LoopMistake.OneParameterGroup, "LOOP-06")]
    [InlineData(LoopMistake.L2InGradient, "LOOP-06")]
    [InlineData(LoopMistake.RateOneStepLate, "LOOP-07")]
    [InlineData(LoopMistake.OptimizerNotSaved, "LOOP-08")]
    [InlineData(LoopMistake.StepNotSaved, "LOOP-08")]
    [InlineData(LoopMistake.GeneratorNotSaved, "LOOP-08")]
    [InlineData(LoopMistake.SeedNotUsed, "LOOP-09")]
    [InlineData(LoopMistake.NotFiniteNotChecked, "LOOP-11")]
    [InlineData(LoopMistake.HeadNotOptimized, "LOOP-12")]
    public void Finds(LoopMistake mistake, string id)
    {
        foreach (var type in new[] { ScalarType.Float32, ScalarType.BFloat16 })
            foreach (var judgment in new Catalog("one", With(mistake).Find(id)).Judge(new Conditions(numberType: type)))
            {
                judgment.Verdict.Crashed.Should().BeFalse("{0}: {1}", judgment.CaseName, judgment.Verdict.Evidence);
                judgment.Verdict.Holds.Should().BeFalse("{0}: {1}", judgment.CaseName, judgment.Verdict.Evidence);
            }
    }

    [Fact]
    public void Names_the_mistake()
    {
        var verify = () => new Catalog("one", With(LoopMistake.MeanOfMeans).Find("LOOP-01")).Verify();
        verify.Should().Throw<RequirementFailedException>().WithMessage("*looks like: the * of the means*");
    }

    [Fact]
    public void Skips_what_the_loop_does_not_have() =>
        All.Judge().Where(judgment => judgment.Verdict.IsSkipped).Select(judgment => judgment.Requirement.Id).Distinct()
            .Should().Equal("LOOP-14", "LOOP-15", "LOOP-16");

    [Theory]
    [InlineData("LOOP-01"), InlineData("LOOP-02"), InlineData("LOOP-03")]
    public void Holds_by_updates_where_no_gradients_are_reported(string id)
    {
        foreach (var type in new[] { ScalarType.Float32, ScalarType.BFloat16 })
            foreach (var judgment in new Catalog("one", WithoutGradients.Find(id)).Judge(new Conditions(numberType: type)))
                judgment.Verdict.Holds.Should().BeTrue("{0} {1}: {2}", id, judgment.CaseName, judgment.Verdict.Evidence);
    }

    [Theory]
    [InlineData(LoopMistake.None, true), InlineData(LoopMistake.NeverClipped, false)]
    [InlineData(LoopMistake.ClippedPerMicroBatch, false)]
    public void Judges_clipping_by_updates_where_only_the_norm_is_reported(LoopMistake mistake, bool holds)
    {
        var catalog = new Catalog("one", Silent(mistake).Find("LOOP-05"));
        foreach (var type in new[] { ScalarType.Float32, ScalarType.BFloat16 })
            foreach (var seed in new long[] { 1, 2, 3 })
                foreach (var judgment in catalog.Judge(new(numberType: type, seed: seed)))
                    judgment.Verdict.Holds.Should().Be(holds, "{0}: {1}", judgment.CaseName, judgment.Verdict.Evidence);
    }

    private static Catalog WithoutGradients => Silent(LoopMistake.None);

    private static Catalog Silent(LoopMistake mistake) => Judge.Loop(
        ModuleLoop.Facts, options => new ModuleLoop(options, mistake) { ReportsGradients = false });

    private static Catalog With(LoopMistake mistake) => Judge.Loop(ModuleLoop.Facts, options => new ModuleLoop(options, mistake));
}
