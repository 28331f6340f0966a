using FluentAssertions;
using TorchSharp;
using TurkishLlm.Model.Layers;
using TurkishLlm.Plans;
using TurkishLlm.Tests.Shared;
using TurkishLlm.Tests.Unit.Model;
using TurkishLlm.Training;

namespace TurkishLlm.Tests.Unit.Training;

/// <summary>Checks what a step leaves behind after the first ones: no tensor, and little garbage.</summary>
[Collection(nameof(NonParallel))]
public sealed class SteadyStateTests : IDisposable
{
    /// <summary>
    /// Garbage that a step may create with any model: most of it is from reading the peak memory of the process.
    /// </summary>
    private const long MaxBytesPerStep = 40 << 10;

    /// <summary>
    /// Calls of TorchSharp per tensor that a step creates: the operator itself, and its shape, scope or graph node.
    /// </summary>
    private const int CallsForEachTensor = 2;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory, InlineData(ComputeType.Float32), InlineData(ComputeType.BFloat16)]
    public void As_many_tensors_are_alive_after_the_twentieth_step_as_after_the_fifth(ComputeType type)
    {
        using var trainer = Trainer.Create(TestClearance.Create(Plan(length: 19) with { ComputeType = type }));
        Collect();
        TakeSteps(trainer, 5);
        var early = torch.Tensor.TotalCount;
        TakeSteps(trainer, 15);
        torch.Tensor.TotalCount.Should().Be(early);
    }

    [Theory, InlineData(2, 2), InlineData(6, 1), InlineData(6, 3)]
    public void A_step_allocates_little_and_no_more_for_more_tokens(int layers, int microBatches)
    {
        const int shortRow = 8, longRow = 1_000;
        var ((few, _), (many, tensors)) = (PerStep(layers, microBatches, shortRow), PerStep(layers, microBatches, longRow));
        many.Should().BeLessThan(MaxBytesPerStep + CallsForEachTensor * tensors * BytesOfACall());
        // A token takes at least two bytes. Slow steps find the prefetch completed and start another one, which takes a kilobyte.
        var moreTokens = 2 * microBatches * (longRow - shortRow);
        (many - few)
            .Should()
            .BeLessThan(2 * moreTokens, "an array of tokens, or anything else for each, would be garbage after every step");
    }

    private (long Bytes, long Tensors) PerStep(int layers, int microBatches, int length)
    {
        using var trainer = Trainer.Create(TestClearance.Create(Plan(length, layers, microBatches)));
        TakeSteps(trainer, 5);
        var (bytes, tensors) = (GC.GetAllocatedBytesForCurrentThread(), Created());
        TakeSteps(trainer, 20);
        return ((GC.GetAllocatedBytesForCurrentThread() - bytes) / 20, (Created() - tensors) / 20);
    }

    // Garbage of TorchSharp itself per operator: the handle of the result, its entry in the scope, the scalar.
    private static long BytesOfACall()
    {
        const int calls = 1_000;
        using var outer = torch.NewDisposeScope();
        var x = torch.ones(3);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < calls; i++)
        {
            using var scope = torch.NewDisposeScope();
            _ = x * 2;
        }
        return (GC.GetAllocatedBytesForCurrentThread() - before) / calls;
    }

    private static long Created()
    {
        var tensors = DisposeScopeManager.Statistics.TensorStatistics;
        return tensors.CreatedInScopeCount + tensors.CreatedOutsideScopeCount;
    }

    private TrainingPlan Plan(int length, int layers = 2, int microBatches = 2)
    {
        var plan = TinyPlan.Create(_folder / "run");
        return plan with
        {
            Model = plan.Model.With(nLayers: layers, maxSeqLen: 1_024),
            Training = plan.Training with { Steps = 30, SequenceLength = length, AccumulationSteps = microBatches },
        };
    }

    private static void TakeSteps(Trainer trainer, int steps)
    {
        for (var i = 0; i < steps; i++) trainer.TakeStep();
    }

    private static void Collect()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
    }
}
