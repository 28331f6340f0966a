using FluentAssertions;
using TorchSharp;
using TurkishLlm.Model;
using TurkishLlm.Tests.Unit.Model;
using TurkishLlm.Training;

namespace TurkishLlm.Tests.Unit.Training;

/// <summary>What a step leaves behind when the first ones are over: no tensor, and little for the collector.</summary>
[Collection(nameof(Alone))]
public sealed class SteadyStateTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory, InlineData(ComputeType.Float32), InlineData(ComputeType.BFloat16)]
    public void As_many_tensors_are_alive_after_the_twentieth_step_as_after_the_fifth(ComputeType type)
    {
        using var trainer = Pretrainer.Begin(Ungated.For(Plan(length: 19) with { ComputeType = type }));
        Collect();
        Take(trainer, 5);
        var early = torch.Tensor.TotalCount;
        Take(trainer, 15);
        torch.Tensor.TotalCount.Should().Be(early);
    }

    [Fact]
    public void Steps_are_measured()
    {
        foreach (var length in new[] { 8, 200 })
        {
            using var trainer = Pretrainer.Begin(Ungated.For(Plan(length)));
            Take(trainer, 5);
            var before = GC.GetAllocatedBytesForCurrentThread();
            Take(trainer, 20);
            TestContext.Current.SendDiagnosticMessage($"{length}: {(GC.GetAllocatedBytesForCurrentThread() - before) / 20}");
            Console.WriteLine($"BYTES {length}: {(GC.GetAllocatedBytesForCurrentThread() - before) / 20}");
        }
    }

    private TrainingPlan Plan(int length)
    {
        var plan = TinyPlan.In(_folder / "run");
        return plan with { Model = plan.Model.With(maxSeqLen: 256), Training = plan.Training with { Steps = 30, SequenceLength = length } };
    }

    private static void Take(Pretrainer trainer, int steps)
    {
        for (var i = 0; i < steps; i++) trainer.TakeStep();
    }

    private static void Collect()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
    }
}
