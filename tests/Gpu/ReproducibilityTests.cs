using FluentAssertions;
using TurkishLlm.Model.Layers;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Plans;
using TurkishLlm.Runs.Logs;
using TurkishLlm.Tests.Shared;
using TurkishLlm.Training;

namespace TurkishLlm.Tests.Gpu;

/// <summary>The same plan gives the same bits, whole or in pieces, with random numbers of the device in every step.</summary>
[Trait("Category", "GPU")]
public sealed class ReproducibilityTests
{
    private const int Steps = 20;

    [Theory, InlineData(DeviceKind.Cpu), InlineData(DeviceKind.Cuda)]
    public void Two_runs_have_equal_bits_and_one_with_another_seed_has_others(DeviceKind kind)
    {
        var plan = DeviceRun.Plan(kind, "v1", ComputeType.BFloat16, Steps, dropout: 0.1);
        var first = Trace(plan, Steps);
        Trace(plan, Steps).Should().Equal(first);
        Trace(plan with { Seed = plan.Seed + 1 }, Steps).Zip(first).Should().OnlyContain(pair => pair.First != pair.Second);
    }

    [Theory, InlineData(DeviceKind.Cpu), InlineData(DeviceKind.Cuda)]
    public void A_run_in_three_segments_has_the_bits_of_an_uninterrupted_run(DeviceKind kind)
    {
        var plan = DeviceRun.Plan(kind, "v1", ComputeType.BFloat16, Steps, dropout: 0.1);
        var whole = Trace(plan, Steps);
        Trace(plan, 7, 2, Steps - 9).Should().Equal(whole);

        var still = plan with { Model = plan.Model.With(dropout: 0) };
        Trace(still, Steps)[8].Should().NotBe(whole[8], "what is dropped matters");
    }

    // A line for each step, and one for the weights in the end.
    private static List<string> Trace(TrainingPlan plan, params int[] segments)
    {
        var lines = new List<string>();
        var clearance = TestClearance.Create(plan);
        var saved = Path.Combine(ReferenceRun.Scratch, $"segments-{plan.Device}");
        for (var segment = 0; segment < segments.Length; segment++)
        {
            using var trainer = segment == 0 ? Trainer.Create(clearance) : Trainer.Resume(clearance, saved);
            for (var i = 0; i < segments[segment]; i++)
            {
                var step = trainer.TakeStep();
                lines.Add(FormattableString.Invariant($"{step.Step} {step.Loss:R} {step.GradientNorm:R}"));
            }
            trainer.Save(saved);
            if (segment == segments.Length - 1) lines.Add(ParameterHash.Compute(trainer.Model.Parameters));
        }
        return lines;
    }
}
