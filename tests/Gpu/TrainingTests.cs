using FluentAssertions;
using TurkishLlm.Model;
using TurkishLlm.Spec;
using TurkishLlm.Training;

namespace TurkishLlm.Tests.Gpu;

/// <summary>A short real training on the device, cleared by the gate on that device.</summary>
[Trait("Category", "GPU")]
public sealed class TrainingTests
{
    [Fact]
    public void Losses_on_the_device_follow_those_of_the_processor()
    {
        Gpu.SkipUnlessThere();
        var onProcessor = Losses(ReferenceRun.Plan, steps: 10);
        var onDevice = Losses(Gpu.PlanFor(ComputeType.Float32), steps: 10);
        for (var i = 0; i < onProcessor.Count; i++)
            onDevice[i].Should().BeApproximately(onProcessor[i], Tolerance.V1 * onProcessor[i], "step {0}", i + 1);
    }

    [Theory, InlineData(ComputeType.Float32), InlineData(ComputeType.BFloat16)]
    public void Learns_from_real_text(ComputeType type)
    {
        Gpu.SkipUnlessThere();
        var losses = Losses(Gpu.PlanFor(type), steps: 20);
        losses[0].Should().BeInRange(0.99 * Math.Log(2048), 1.01 * Math.Log(2048));
        losses[^5..].Average().Should().BeLessThan(losses[..5].Average() - 0.3);
    }

    private static List<double> Losses(TrainingPlan plan, int steps)
    {
        using var trainer = Pretrainer.Begin(Gate.Clear(plan));
        return [.. Enumerable.Range(0, steps).Select(_ => trainer.TakeStep().Loss)];
    }
}
