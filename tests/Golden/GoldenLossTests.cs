using System.Globalization;
using FluentAssertions;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Specification;
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
    private const string File = "Losses.verified.txt";

    [Fact]
    public void Ten_seeded_steps_have_the_losses_on_record()
    {
        var recorded = System.IO.File.ReadAllLines(Path.Combine(Repository.Root, "tests", "Golden", File))
            .Where(line => !line.StartsWith('#'))
            .Select(line => line.Split('\t').Select(n => double.Parse(n, CultureInfo.InvariantCulture)).ToArray())
            .ToArray();
        using var trainer = Trainer.Create(PlanGate.Clear(ReferenceRun.Plan));
        var steps = Enumerable.Range(0, 10).Select(_ => trainer.TakeStep()).ToArray();

        recorded.Should().HaveCount(steps.Length);
        var received = string.Join(
            '\n',
            steps.Select(s => string.Create(CultureInfo.InvariantCulture, $"{s.Loss:R}\t{s.GradientNorm:R}")));
        foreach (var (step, line) in steps.Zip(recorded))
        {
            step.Loss.Should()
                .BeApproximately(line[0], Tolerance.StepsLoss * line[0], "step {0}; received:\n{1}", step.Step, received);
            step.GradientNorm.Should()
                .BeApproximately(line[1], 10 * Tolerance.StepsLoss * line[1], "step {0}; received:\n{1}", step.Step, received);
        }
    }
}
