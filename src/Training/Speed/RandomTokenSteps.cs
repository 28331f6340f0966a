using TurkishLlm.Kernels;
using TurkishLlm.Model;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Plans;
using TurkishLlm.Training.Objectives;
using TurkishLlm.Training.Optimization;
using static TorchSharp.torch;

namespace TurkishLlm.Training.Speed;

/// <summary>Takes the steps of a plan on random tokens, to measure them; no file is read or written.</summary>
/// <param name="plan">The plan.</param>
/// <param name="device">Device to train on.</param>
public sealed class RandomTokenSteps(TrainingPlan plan, Device device)
{
    /// <summary>Takes steps, each followed by the validation of a row.</summary>
    /// <param name="steps">Number of steps; the first ones allocate the most.</param>
    /// <param name="measure">Receives each step and takes it by calling it; null to take it only.</param>
    public void Run(int steps, Action<Action>? measure = null)
    {
        measure ??= static take => take();
        var batching = plan.Training;
        CheckedOperators.SetNumThreads(plan.Threads > 0 ? plan.Threads : Environment.ProcessorCount);
        using var parameters = WeightInitializer.Initialize(plan.Model, plan.Seed, device);
        using var optimizer = PlanOptimizer.Create(parameters, plan.Optimizer);
        using var average = batching.Ema is { } ema ? new WeightAverage(parameters, ema) : null;
        using var model = new LanguageModel(
            parameters, plan.ComputeType,
            recomputesBlocks: batching.ActivationCheckpointing == ActivationCheckpointing.Blocks);
        using var generator = new Generator((ulong)plan.Seed);
        for (var step = 1; step <= steps; step++)
        {
            using var scope = NewDisposeScope();
            var number = step;
            measure(() => TakeStep(number));
            using var grad = no_grad();
            var row = CreateBatch(1);
            _ = model.ComputeLossSum(row.Inputs, row.Targets);
        }

        void TakeStep(int step)
        {
            GradientAccumulation.Compute(
                model,
                Enumerable.Range(0, batching.AccumulationSteps).Select(_ => CreateBatch(batching.MicroBatchSize)),
                batching.TokensPerStep);
            GradientClipping.ClipByGlobalNorm(parameters, 1);
            optimizer.Step(1e-4);
            average?.Update(step);
            parameters.ClearGradients();
            CheckedOperators.Synchronize(device);
        }

        TokenBatch CreateBatch(int rows)
        {
            var ids = randint(plan.Model.VocabSize, [rows, batching.SequenceLength + 1], dtype: int64, generator: generator)
                .to(device);
            return new TokenBatch(
                ids.narrow(1, 0, batching.SequenceLength).contiguous(), ids.narrow(1, 1, batching.SequenceLength).contiguous(),
                (long)rows * batching.SequenceLength);
        }
    }
}
