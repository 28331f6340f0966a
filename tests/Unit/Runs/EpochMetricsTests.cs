using FluentAssertions;
using TurkishLlm.Runs.Logs;

namespace TurkishLlm.Tests.Unit.Runs;

[Trait("Suite", "Fast")]
public sealed class EpochMetricsTests
{
    [Fact]
    public void Each_step_counts_in_the_epoch_it_starts_in_by_its_loss_terms()
    {
        StepMetrics[] steps =
        [
            Step(1, 4.0, 10, 0.4) with { InitialValidation = new(5, 3.5) }, Step(2, 2.5, 30, 0.8, validation: 9),
            Step(3, 2.0, 20, 1.2, validation: 2.25, text: 3), Step(4, 1.5, 50, 1.6, validation: 2.75),
            Step(5, 1.25, 40, 2), Step(6, 1.0, 25, 2.4, validation: 2.5, text: 3.25),
        ];
        EpochMetrics.FromSteps(steps).Should().BeEquivalentTo(
            [
                new EpochMetrics(0, null, 5, 3.5, false, 0), new(1, (40.0 + 75 + 40) / 60, 2.25, 3, true, 9),
                new(2, (75.0 + 50) / 90, 2.75, null, false, 15), new(3, 1, 2.5, 3.25, false, 18),
            ], options => options.WithStrictOrdering());
        EpochMetrics.FromSteps(steps[2..]).Select(epoch => (epoch.Epoch, epoch.TrainingLoss)).Should().Equal(
            [(2, (40.0 + 75 + 50) / 110), (3, 1.0)], "the first step of a resumed run starts in its own epoch");
        EpochMetrics.FromSteps([]).Should().BeEmpty();
        EpochMetrics.FromSteps([Step(1, 4, 10, 0) with { Epoch = null }]).Should().BeEmpty();
    }

    private static StepMetrics Step(
        long step, double loss, long terms, double epoch, double? validation = null, double? text = null) =>
        new(step, loss, 1e-3, 1, step * 256, 1000, step * 3, 1 << 20, validation, TextLoss: text, LossTerms: terms, Epoch: epoch);
}
