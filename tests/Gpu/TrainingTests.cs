using FluentAssertions;
using TurkishLlm.Model.Layers;
using TurkishLlm.Plans;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Specification;
using TurkishLlm.Tests.Shared;
using TurkishLlm.Training;

namespace TurkishLlm.Tests.Gpu;

/// <summary>A short real training on the device, cleared by the gate on that device.</summary>
[Trait("Category", "GPU")]
public sealed class TrainingTests
{
    [Fact]
    public void Losses_on_the_device_follow_those_of_the_CPU()
    {
        CudaReferenceRun.SkipUnlessAvailable();
        var onProcessor = Losses(ReferenceRun.Plan, steps: 10);
        var onDevice = Losses(CudaReferenceRun.PlanFor(ComputeType.Float32), steps: 10);
        for (var i = 0; i < onProcessor.Count; i++)
            onDevice[i].Should().BeApproximately(onProcessor[i], Tolerance.RecordedV1 * onProcessor[i], "step {0}", i + 1);
    }

    [Theory, InlineData(ComputeType.Float32), InlineData(ComputeType.BFloat16)]
    public void Learns_from_real_text(ComputeType type)
    {
        CudaReferenceRun.SkipUnlessAvailable();
        var losses = Losses(CudaReferenceRun.PlanFor(type), steps: 20);
        losses[0].Should().BeInRange(0.99 * Math.Log(2048), 1.01 * Math.Log(2048));
        losses[^5..].Average().Should().BeLessThan(losses[..5].Average() - 0.3);
    }

    private static List<double> Losses(TrainingPlan plan, int steps)
    {
        using var trainer = Trainer.Create(PlanGate.Clear(plan));
        return [.. Enumerable.Range(0, steps).Select(_ => trainer.TakeStep().Loss)];
    }
}
