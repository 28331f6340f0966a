using TurkishLlm.Model;
using TurkishLlm.Model.Layers;
using TurkishLlm.Plans;
using TurkishLlm.Tests.Shared;
using TurkishLlm.Training;
using static TorchSharp.torch;

namespace TurkishLlm.Tests.Gpu;

/// <summary>
/// What checks of a device run: v1 and v2 on CUDA and, so that every machine shows that the checks themselves work, a small
/// model on the processor. Real text of the fixtures, no gate: it has its own tests.
/// </summary>
internal static class DeviceRun
{
    /// <summary>Where a check runs; skips it where there is no such device.</summary>
    public static Device Device(DeviceKind kind)
    {
        if (kind == DeviceKind.Cuda) CudaReferenceRun.SkipUnlessAvailable();
        return TrainingDevice.Resolve(new DeviceChoice(kind));
    }

    /// <summary>Steps of 8,192 tokens of a preset; on the processor of 111 tokens of the reference model.</summary>
    public static TrainingPlan Plan(DeviceKind kind, string preset, ComputeType type, int steps, double dropout = 0)
    {
        Device(kind);
        var model = kind == DeviceKind.Cpu ? ReferenceRun.Plan.Model : preset == "v2" ? ModelConfig.V2 : ModelConfig.V1;
        var length = kind == DeviceKind.Cpu ? 37 : model.MaxSeqLen;
        return ReferenceRun.Plan with
        {
            Name = $"{preset}-{kind}-{type}",
            Model = model.With(dropout: dropout),
            Training = new BatchingPlan(steps, MicroBatchSize: kind == DeviceKind.Cpu ? 3 : 8192 / length, length),
            Optimizer = new OptimizerPlan(
                LearningRate: kind == DeviceKind.Cpu ? 3e-3 : 3e-4, MinimumLearningRate: 3e-5,
                WarmupSteps: Math.Min(20, steps / 4)),
            Device = new DeviceChoice(kind),
            ComputeType = type,
            Threads = kind == DeviceKind.Cpu ? 1 : 0,
        };
    }

    /// <summary>The losses of the first steps of a plan.</summary>
    public static double[] Losses(TrainingPlan plan, int steps)
    {
        using var trainer = Trainer.Create(TestClearance.Create(plan));
        return [.. Enumerable.Range(0, steps).Select(_ => trainer.TakeStep().Loss)];
    }
}
