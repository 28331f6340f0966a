using System.Diagnostics;
using TurkishLlm.Kernels;
using TurkishLlm.Model;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Plans;
using TurkishLlm.Training.Objectives;
using TurkishLlm.Training.Optimization;
using static TorchSharp.torch;

namespace TurkishLlm.Training.Memory;

/// <summary>Measures the memory of a plan by running its steps on random tokens; no file is read or written.</summary>
public static class MemoryMeasurement
{
    /// <summary>Runs steps, the validation of a row, and another step.</summary>
    /// <param name="plan">The plan; its device is the CPU.</param>
    /// <param name="steps">Number of steps; the first ones allocate the most.</param>
    /// <returns>Peak memory of this process so far, in bytes.</returns>
    public static long MeasurePeak(TrainingPlan plan, int steps)
    {
        var batching = plan.Training;
        CheckedOperators.SetNumThreads(plan.Threads > 0 ? plan.Threads : Environment.ProcessorCount);
        using var parameters = WeightInitializer.Initialize(plan.Model, plan.Seed, CPU);
        using var optimizer = PlanOptimizer.Create(parameters, plan.Optimizer);
        using var model = new LanguageModel(
            parameters, plan.ComputeType,
            recomputesBlocks: batching.ActivationCheckpointing == ActivationCheckpointing.Blocks);
        using var generator = new Generator((ulong)plan.Seed);
        for (var step = 1; step <= steps; step++)
        {
            using var scope = NewDisposeScope();
            GradientAccumulation.Compute(
                model,
                Enumerable.Range(0, batching.AccumulationSteps).Select(_ => CreateBatch(batching.MicroBatchSize)),
                batching.TokensPerStep);
            GradientClipping.ClipByGlobalNorm(parameters, 1);
            optimizer.Step(1e-4);
            parameters.ClearGradients();
            using var grad = no_grad();
            var row = CreateBatch(1);
            _ = model.ComputeLossSum(row.Inputs, row.Targets);
        }
        using var process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64;

        TokenBatch CreateBatch(int rows)
        {
            var ids = randint(plan.Model.VocabSize, [rows, batching.SequenceLength + 1], dtype: int64, generator: generator);
            return new TokenBatch(
                ids.narrow(1, 0, batching.SequenceLength).contiguous(), ids.narrow(1, 1, batching.SequenceLength).contiguous(),
                (long)rows * batching.SequenceLength);
        }
    }
}
