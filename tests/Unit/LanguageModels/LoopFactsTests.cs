using FluentAssertions;
using TurkishLlm.Specification;
using TurkishLlm.Specification.LanguageModels;
using TurkishLlm.Specification.LanguageModels.Loops;
using TurkishLlm.Tests.Unit.Training;
using static TorchSharp.torch;

namespace TurkishLlm.Tests.Unit.LanguageModels;

/// <summary>Loops that are correct in an unusual way, which their facts state.</summary>
[Collection(nameof(NonParallel))]
public sealed class LoopFactsTests
{
    private static readonly LoopFacts NothingDecays = ModuleLoop.Facts with { IsDecayed = (_, _) => false };

    [Fact]
    public void A_loop_in_which_nothing_decays_raises_no_alarm()
    {
        Func<LoopOptions, ITrainingLoop> create = options => new ModuleLoop(options with { WeightDecay = 0 });
        ShouldHold(JudgeLoop("LOOP-06", NothingDecays, create));
        ShouldHold(JudgeLoop("LOOP-06", NothingDecays with { Rate = null }, options => new SilentLoop(create(options))));
        ShouldBeSkipped(
            JudgeLoop("LOOP-07", NothingDecays, create), "no parameter decays, so its effect cannot be measured");
    }

    [Fact]
    public void A_loop_with_decay_that_states_none_is_found()
    {
        ShouldFail(JudgeLoop("LOOP-06", NothingDecays, options => new ModuleLoop(options)));
        ShouldFail(JudgeLoop(
            "LOOP-06", NothingDecays with { Rate = null }, options => new SilentLoop(new ModuleLoop(options))));
    }

    [Theory]
    [InlineData("LOOP-06"), InlineData("LOOP-07")]
    public void Parameters_may_have_learning_rates_of_their_own(string id)
    {
        using var loop = new ModuleLoop(new(Seed: 1));
        string[] vectors = [.. loop.Parameters.Where(p => p.Value.ndim == 1).Select(p => p.Key)];
        var facts = ModuleLoop.Facts with
        {
            IsDecayed = (_, _) => true, RateFactor = name => vectors.Contains(name) ? 3 : 1,
        };
        Func<LoopOptions, ITrainingLoop> create = options => new ModuleLoop(options, LoopMistake.OneParameterGroup)
        {
            VectorFactor = 3,
        };
        ShouldHold(JudgeLoop(id, facts, create));
        ShouldFail(JudgeLoop(id, facts with { RateFactor = _ => 1 }, create));
    }

    [Theory]
    [InlineData("LOOP-06"), InlineData("LOOP-07")]
    public void Decay_in_the_gradient_is_not_measured_if_it_is_stated(string id) => ShouldBeSkipped(
        JudgeLoop(
            id, ModuleLoop.Facts with { IsDecoupled = false }, options => new ModuleLoop(options, LoopMistake.L2InGradient)),
        "the weight decay of the loop is not decoupled from the gradient");

    [Fact]
    public void A_loop_may_have_no_seed() => ShouldHold(JudgeLoop(
        "LOOP-09", ModuleLoop.Facts with { UsesSeed = false }, options => new ModuleLoop(options, LoopMistake.SeedNotUsed)));

    [Fact]
    public void The_clipping_of_bfloat16_parameters_is_judged()
    {
        ShouldHold(JudgeLoop("LOOP-05", ModuleLoop.Facts, WithBFloat16(LoopMistake.None)));
        ShouldFail(JudgeLoop("LOOP-05", ModuleLoop.Facts, WithBFloat16(LoopMistake.NeverClipped)));
        ShouldFail(JudgeLoop("LOOP-05", ModuleLoop.Facts, WithBFloat16(LoopMistake.ClippedPerMicroBatch)));
    }

    [Theory]
    [InlineData("LOOP-06"), InlineData("LOOP-07")]
    public void The_decay_of_bfloat16_parameters_is_not(string id)
    {
        foreach (var verdict in JudgeLoop(id, ModuleLoop.Facts, WithBFloat16(LoopMistake.None)))
            verdict.Evidence.Should().StartWith("skipped: ").And.Contain("has too few digits to see a decay");
    }

    [Theory]
    [InlineData(97, 7), InlineData(7, 16)]
    public void Rows_that_are_too_small_are_refused(int vocabulary, int time)
    {
        var judge = () => Judge.Loop(new(vocabulary, time), options => new ModuleLoop(options));
        judge.Should().Throw<ArgumentOutOfRangeException>().WithMessage("*greater than or equal to '8'*");
    }

    private static Func<LoopOptions, ITrainingLoop> WithBFloat16(LoopMistake mistake) =>
        options => new ModuleLoop(options, mistake, ScalarType.BFloat16);

    private static IReadOnlyList<Verdict> JudgeLoop(string id, LoopFacts facts, Func<LoopOptions, ITrainingLoop> create) =>
    [
        .. from seed in new long[] { 1, 2, 3 }
        from judgment in new Catalog("one", Judge.Loop(facts, create).Find(id)).Judge(new Conditions(seed: seed))
        select judgment.Verdict,
    ];

    private static void ShouldHold(IReadOnlyList<Verdict> verdicts)
    {
        foreach (var verdict in verdicts)
        {
            verdict.Holds.Should().BeTrue(verdict.Evidence);
            verdict.IsSkipped.Should().BeFalse(verdict.Evidence);
        }
    }

    private static void ShouldFail(IReadOnlyList<Verdict> verdicts)
    {
        foreach (var verdict in verdicts)
        {
            verdict.Holds.Should().BeFalse(verdict.Evidence);
            verdict.Crashed.Should().BeFalse(verdict.Evidence);
        }
    }

    private static void ShouldBeSkipped(IReadOnlyList<Verdict> verdicts, string reason)
    {
        foreach (var verdict in verdicts) verdict.Should().Be(Verdict.Skip(reason));
    }
}
