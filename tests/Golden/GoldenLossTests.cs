using TurkishLlm.Spec.Plans;
using TurkishLlm.Specification;
using TurkishLlm.Specification.Xunit;
using TurkishLlm.Tests.Shared;
using TurkishLlm.Training;

namespace TurkishLlm.Tests.Golden;

/// <summary>
/// Ten steps of the reference run, from seed to weights: real text through tokenizer, shards, windows, model, clipping,
/// optimizer and schedule. A change anywhere in that chain moves a loss.
/// </summary>
[Collection(nameof(NonParallel))]
public sealed class GoldenLossTests
{
    [Fact]
    public void Ten_seeded_steps_have_the_losses_on_record()
    {
        using var trainer = Trainer.Create(PlanGate.Clear(ReferenceRun.Plan));
        var steps = Enumerable.Range(0, 10).Select(_ => trainer.TakeStep()).ToArray();

        Assert.Multiple(
            () => GoldenLosses.Verify([.. steps.Select(step => step.Loss)], "Losses", Tolerance.StepsLoss),
            () => GoldenLosses.Verify([.. steps.Select(step => step.GradientNorm)], "GradientNorms", 10 * Tolerance.StepsLoss));
    }
}
