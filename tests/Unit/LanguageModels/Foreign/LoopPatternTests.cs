using FluentAssertions;
using TurkishLlm.Specification;
using TurkishLlm.Specification.LanguageModels.Loops;
using TurkishLlm.Tests.Unit.Training;

namespace TurkishLlm.Tests.Unit.LanguageModels.Foreign;

/// <summary>A pattern tells the bugs of one requirement apart, in models that the impostors do not have.</summary>
[Collection(nameof(NonParallel))]
public sealed class LoopPatternTests
{
    [Theory]
    [InlineData("LOOP-02", ForeignBug.IgnoredTargetsLearned), InlineData("LOOP-02", ForeignBug.ClassZeroIgnored)]
    [InlineData("LOOP-05", ForeignBug.ClippedPerMicroBatch), InlineData("LOOP-05", ForeignBug.ClippedAfterStep)]
    [InlineData("LOOP-06", ForeignBug.DecayInGradient), InlineData("LOOP-06", ForeignBug.DecayOnEverything)]
    [InlineData("LOOP-08", ForeignBug.GeneratorNotSaved), InlineData("LOOP-08", ForeignBug.MomentsNotSaved)]
    [InlineData("LOOP-08", ForeignBug.CheckpointInBFloat16), InlineData("LOOP-08", ForeignBug.StepNotSaved)]
    [InlineData("LOOP-12", ForeignBug.HeadNotOptimized), InlineData("LOOP-12", ForeignBug.FrozenWeightsDecay)]
    [InlineData("LOOP-14", ForeignBug.MeanOfRankMeans), InlineData("LOOP-14", ForeignBug.RanksNotSynchronized)]
    [InlineData("LOOP-14", ForeignBug.ReducedEveryMicroBatch), InlineData("LOOP-14", ForeignBug.RanksHaveOwnSeeds)]
    [InlineData("LOOP-15", ForeignBug.HeldOutOverlaps), InlineData("LOOP-15", ForeignBug.LastBatchDropped)]
    [InlineData("LOOP-16", ForeignBug.StaysInEvaluationMode), InlineData("LOOP-16", ForeignBug.EvaluationMovesGenerator)]
    public void The_pattern_of_a_requirement_names_the_bug(string id, ForeignBug bug)
    {
        var report = ForeignCatalogs.Reports.Single(report => report.Bug == bug);
        var requirement = ForeignCatalogs.Get(report.Subject, bug).Find(id);
        var nearest = requirement.FindResemblances(new Catalog("loop", requirement).Judge(), Conditions.Cpu)[0];
        ForeignImpostors.ByBug[bug].Should().Contain(nearest.Impostor);
    }

    [Theory]
    [InlineData("dropout stays off", new double[] { 1, 0, 1 })]
    [InlineData("the generator moves on", new double[] { 1, 1, 1 })]
    [InlineData("the learning rate moves on", new double[] { 0, 1, 0 })]
    [InlineData("gradients are left", new double[] { 0, 1, 1 })]
    public void The_step_after_an_evaluation_shows_what_it_changed(string impostor, double[] isDifferent)
    {
        var requirement = RepeatabilityRequirements.LOOP_16_Evaluation;
        foreach (var c in requirement.CanonicalCases)
            requirement.For(requirement.Impostors[impostor]).Judge(c, Conditions.Cpu).Pattern!.Take(3)
                .Select(x => x > 1e-3 ? 1.0 : 0).Should().Equal(isDifferent);
    }

    [Fact]
    public void A_repeated_step_with_old_gradients_has_the_same_loss_and_weights_but_another_update()
    {
        var requirement = RepeatabilityRequirements.LOOP_10_Cleared;
        foreach (var c in requirement.CanonicalCases)
        {
            var pattern = requirement.For(requirement.Impostors["never cleared"]).Judge(c, Conditions.Cpu).Pattern!;
            pattern.Take(2).Should().Equal(0, 0);
            pattern[2].Should().BeGreaterThan(0.5);
            var rounded = ResumeRequirements.LOOP_08_Resume.Impostors["weights are stored in bfloat16"];
            requirement.For(rounded).Judge(c, Conditions.Cpu).Pattern![1].Should().BeInRange(1e-3, 0.5);
        }
    }

    [Fact]
    public void Ranks_show_how_much_each_micro_batch_counts()
    {
        var requirement = RankRequirements.LOOP_14_Ranks;
        var c = new LoopRankCase(new("8|4|2|2"), PerRank: 2);
        // The reference has 16 targets in a row, so the ranks have 12 and 4 of 16, where each should have 8.
        GetPattern("the mean of the ranks' means").Should().Equal(0, 1, 0, 0.33, 0, 0.33, 1, 0, 1, 0);
        GetPattern("added after every micro-batch").Should().Equal(0, 0, 1, 0, 0, 0, 1, 0, 0, 0);
        GetPattern("only the first micro-batch is synchronized").Should().Equal(1, 0, 0, 0, 0, 0, 0, 0, 0, 1);
        GetPattern("only the first rank reports the loss of all").Should().Equal(0, 1, 0, 0, 0, 0, 0, 0, 0, 0);

        IReadOnlyList<double> GetPattern(string impostor) =>
            requirement.For(requirement.Impostors[impostor]).Judge(c, Conditions.Cpu).Pattern!;
    }

    [Fact]
    public void A_subject_that_throws_during_the_pattern_keeps_its_verdict()
    {
        var requirement = RepeatabilityRequirements.LOOP_16_Evaluation;
        var wrong = requirement.Impostors["dropout stays off"](requirement.CanonicalCases[0], Conditions.Cpu);
        var created = 0;
        var verdict = requirement
            .For((_, _) => wrong with { Create = options => ++created > 2 ? throw new IOException() : wrong.Create(options) })
            .Judge(requirement.CanonicalCases[0], Conditions.Cpu);
        created.Should().Be(3);
        verdict.Evidence.Should().StartWith("with evaluation: losses, largest difference = ");
        verdict.Holds.Should().BeFalse();
        verdict.Crashed.Should().BeFalse();
    }
}
