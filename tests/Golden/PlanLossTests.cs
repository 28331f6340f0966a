using System.Globalization;
using FluentAssertions;
using TurkishLlm.Plans;
using TurkishLlm.Spec.Kernel;
using TurkishLlm.Tests.Shared;
using TurkishLlm.Training;

namespace TurkishLlm.Tests.Golden;

/// <summary>
/// The first steps of the plans of the project, toy and the full v1, on the fixture text: a default, a preset or a kernel
/// that changes what they compute moves a loss. Few and short sequences, so that v1 takes seconds.
/// </summary>
public sealed class PlanLossTests
{
    private const string File = "PlanLosses.verified.txt";

    [Theory, InlineData("toy"), InlineData("v1-r1")]
    public void The_first_steps_of_a_plan_have_the_losses_on_record(string name)
    {
        var recorded = System.IO.File.ReadAllLines(Path.Combine(Repository.Root, "tests", "Golden", File))
            .Select(line => line.Split('\t')).Where(fields => fields[0] == name).ToArray();
        var data = ReferenceRun.Plan.Data;
        var plan = TrainingPlan.Load(Path.Combine(Repository.Root, "configs", $"{name}.yaml"),
        [
            "device=cpu", "compute_dtype=float32", "threads=1", "training.steps=8", "optimizer.warmup_steps=3",
            "training.micro_batch_size=2", "training.accumulation_steps=2", "training.sequence_length=33",
        ]) with
        { Data = data };

        using var trainer = Trainer.Create(TestClearance.Create(plan));
        var steps = Enumerable.Range(0, 5).Select(_ => trainer.TakeStep()).ToArray();

        var received = string.Join(
            '\n',
            steps.Select(s => string.Create(CultureInfo.InvariantCulture, $"{name}\t{s.Loss:R}\t{s.GradientNorm:R}")));
        recorded.Should().HaveCount(steps.Length, "received:\n{0}", received);
        foreach (var (step, line) in steps.Zip(recorded))
        {
            var (loss, norm) = (
                double.Parse(line[1], CultureInfo.InvariantCulture),
                double.Parse(line[2], CultureInfo.InvariantCulture));
            step.Loss.Should().BeApproximately(loss, Tolerance.StepsLoss * loss, "step {0}; received:\n{1}", step.Step, received);
            step.GradientNorm.Should()
                .BeApproximately(norm, 10 * Tolerance.StepsLoss * norm, "step {0}; received:\n{1}", step.Step, received);
        }
    }
}
