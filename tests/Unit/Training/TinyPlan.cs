using TurkishLlm.Model;
using TurkishLlm.Plans;
using TurkishLlm.Runs;
using TurkishLlm.Runs.Logs;
using TurkishLlm.Tests.Shared;
using TurkishLlm.Training;
using TurkishLlm.Training.Checkpoints;

namespace TurkishLlm.Tests.Unit.Training;

/// <summary>Plans of a dozen steps on the reference data, with dropout, so that random numbers matter.</summary>
internal static class TinyPlan
{
    public static TrainingPlan Create(string runFolder) => ReferenceRun.Plan with
    {
        RunFolder = runFolder,
        Seed = 77,
        Model = new ModelConfig(
            vocabSize: 2048, dModel: 24, nLayers: 2, nHeads: 4, nKvHeads: 2, dFf: 40, maxSeqLen: 24, dropout: 0.1),
        Training = new BatchingPlan(Steps: 12, MicroBatchSize: 2, SequenceLength: 19, AccumulationSteps: 2),
        Optimizer = new OptimizerPlan(3e-3, 3e-4, WarmupSteps: 2),
        Evaluation = new EvaluationPlan(Every: 0, Windows: 2),
        Samples = new SamplePlan { Every = 0, MaxTokens = 4 },
        Checkpoints = new CheckpointPlan(Every: 0, KeepLast: 2),
    };

    /// <summary>Runs a plan to its end.</summary>
    /// <returns>The losses as written, and the hashes of the weights (or adapter) and moments.</returns>
    public static IReadOnlyList<string> Trace(TrainingPlan plan, bool resume = false)
    {
        using (var run = TrainingRun.Open(TestClearance.Create(plan), resume))
            run.Train(cancellationToken: TestContext.Current.CancellationToken);
        return Trace(plan.RunFolder);
    }

    /// <summary>Returns the result of a run.</summary>
    public static IReadOnlyList<string> Trace(string runFolder)
    {
        var run = RunFolder.OpenExisting(runFolder);
        var hashes = Checkpoint.Open(run.CheckpointFolder(run.LatestCheckpointStep()!.Value)).State.Sha256;
        return
        [
            .. MetricsLog
                .Read(run.MetricsFile)
                .Select(line => FormattableString.Invariant($"{line.Step} {line.Loss:R} {line.GradientNorm:R}")),
            .. hashes.Where(file => file.Key.EndsWith(".safetensors", StringComparison.Ordinal)).Select(file => file.Value),
        ];
    }
}
