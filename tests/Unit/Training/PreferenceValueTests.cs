using FluentAssertions;
using TorchSharp;
using TurkishLlm.Runs.Logs;
using TurkishLlm.Training.Objectives.Preference;
using static TorchSharp.torch;

namespace TurkishLlm.Tests.Unit.Training;

/// <summary>Tests limits of the objectives, where the formulas are undefined.</summary>
[Trait("Suite", "Fast")]
public sealed class PreferenceValueTests
{
    [Fact]
    public void A_pair_of_equal_rewards_is_not_won()
    {
        var metrics = PairMetrics.Average([
            new(0.5, 0.25, 0.25, -3, -4), new(0.5, 0.75, 0.25, -3, -4), new(0.5, -0.5, 0.25, -3, -4), new(0.5, 0, 0, -3, -3),
        ])!;
        metrics.Accuracy.Should().Be(0.25);
    }

    [Fact]
    public void An_answer_that_is_wholly_certain_has_a_finite_loss_and_gradient()
    {
        using var scope = NewDisposeScope();
        var (chosen, rejected) = (tensor(-7.5).requires_grad_(), tensor(0.0).requires_grad_());
        var loss = new OrpoObjective(0.3).Loss(new(chosen, 3), new(rejected, 2));
        loss.backward();
        new[] { loss, chosen.grad!, rejected.grad! }
            .Select(value => value.ToDouble())
            .Should()
            .OnlyContain(value => double.IsFinite(value));
    }
}
