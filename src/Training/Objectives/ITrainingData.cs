using TurkishLlm.Data.Batches;
using TurkishLlm.Model;
using TurkishLlm.Plans;
using TurkishLlm.Runs.Logs;
using TurkishLlm.Tokenization.Chat;
using TurkishLlm.Training.Distributed;
using TurkishLlm.Training.Objectives.FineTuning;
using TurkishLlm.Training.Objectives.LanguageModeling;
using TurkishLlm.Training.Objectives.Preference;
using TurkishLlm.Training.Objectives.Reinforcement;
using static TorchSharp.torch;

namespace TurkishLlm.Training.Objectives;

/// <summary>
/// Training and validation data of a run. Everything is a function of the data step, so a resumed run needs no other state. Step
/// n trains on data step n, or on a later one if batches were skipped.
/// </summary>
public interface ITrainingData : IDisposable
{
    /// <summary>Running text: the training data, or the text on which fine-tuning measures forgetting.</summary>
    TokenDataset Shards { get; }

    /// <summary>
    /// The chat template that encodes prompts and is stored with the model; null if the model only continues text.
    /// </summary>
    ChatTemplate? Template { get; }

    /// <summary>
    /// Counts the loss terms of some rows without reading them: targets, or preference pairs. The sum of the losses of a step is
    /// divided by the number of all its loss terms.
    /// </summary>
    /// <param name="dataStep">Data step, counted from 1.</param>
    /// <param name="firstRow">First row within the data step.</param>
    /// <param name="rows">Number of rows.</param>
    long CountLossTerms(long dataStep, int firstRow, int rows);

    /// <summary>Counts the tokens of all data steps up to and including one, without padding.</summary>
    long CountTokensThrough(long dataStep);

    /// <summary>Rows per epoch; null for data without epochs.</summary>
    int? RowsPerEpoch { get; }

    /// <summary>Returns the passes over all examples at the end of a data step; null for data without epochs.</summary>
    double? GetEpoch(long dataStep);

    /// <summary>Reads rows of a data step. The tensors belong to the current dispose scope.</summary>
    /// <param name="dataStep">Data step, counted from 1.</param>
    /// <param name="firstRow">First row within the data step.</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="device">Device of the model.</param>
    IMicroBatch ReadMicroBatch(long dataStep, int firstRow, int rows, Device device);

    /// <summary>
    /// Reads rows from the disk ahead of time, so that <see cref="ReadMicroBatch"/> does not wait. Does not change its result.
    /// </summary>
    /// <inheritdoc cref="ReadMicroBatch"/>
    void Prefetch(long dataStep, int firstRow, int rows);

    /// <summary>Prepares the first step or validation of a process. Further calls do nothing.</summary>
    /// <param name="device">Device of the model.</param>
    /// <param name="group">The processes that share the work; all of them must call this.</param>
    void Prepare(Device device, IProcessGroup group)
    {
    }

    /// <summary>
    /// Computes what all micro-batches of a step need before they are read: the reference point of KTO, the answers of GRPO.
    /// </summary>
    /// <param name="model">The model before the step.</param>
    /// <param name="dataStep">Data step, counted from 1.</param>
    /// <param name="batchSize">Largest number of rows that fits into memory.</param>
    /// <param name="group">The processes that share the work; all of them must call this.</param>
    void PrepareStep(LanguageModel model, long dataStep, int batchSize, IProcessGroup group)
    {
    }

    /// <summary>Averages the metrics of preference pairs over the micro-batches of a step; null for other objectives.</summary>
    /// <param name="microBatches">The micro-batches of this process, after their backward pass.</param>
    /// <param name="group">The processes; all of them must call this.</param>
    PreferenceMetrics? Summarize(IEnumerable<IMicroBatch> microBatches, IProcessGroup group) => null;

    /// <summary>Metrics of the answers of the last step; null for data that the model does not write itself.</summary>
    GrpoMetrics? StepAnswers => null;

    /// <summary>
    /// Returns what a resumed run needs beside the data step; null for nothing, if the rows do not depend on the weights.
    /// </summary>
    byte[]? SaveState() => null;

    /// <summary>Restores what <see cref="SaveState"/> returned.</summary>
    /// <param name="file">The file that it was written to; null for nothing.</param>
    /// <exception cref="InvalidDataException">The file is damaged.</exception>
    void LoadState(string? file)
    {
    }

    /// <summary>Measures the validation loss, on the same targets each time.</summary>
    /// <param name="model">The model.</param>
    /// <param name="group">The processes that share the work; each receives the whole result.</param>
    ValidationMetrics Measure(LanguageModel model, IProcessGroup? group = null);

    /// <summary>What a user should know about the rows before the training: skipped ones, and keys that are not used.</summary>
    IReadOnlyList<string> Notes => [];

    /// <summary>Opens the data of a plan.</summary>
    /// <exception cref="IOException">A file does not exist.</exception>
    /// <exception cref="InvalidDataException">A file is damaged or too small.</exception>
    static ITrainingData Open(TrainingPlan plan) =>
        plan.Preference is { Objective: KtoPlan } ? new KtoData(plan)
        : plan.Preference is not null ? new PreferenceData(plan)
        : plan.Grpo is not null ? new GrpoData(plan)
        : plan.Sft is not null ? new SftData(plan)
        : new PretrainingData(plan);

    /// <summary>Resolves epochs and the warm-up ratio of a plan to steps, from the size of its data.</summary>
    /// <inheritdoc cref="Open"/>
    static TrainingPlan ResolveSteps(TrainingPlan plan)
    {
        if (plan.Training.Epochs is null && plan.Optimizer.WarmupRatio is null) return plan;
        var steps = plan.Training.Epochs is { } epochs ? ComputeSteps(epochs, plan) : plan.Training.Steps;
        var warmup = plan.Optimizer.WarmupRatio is { } share ? (long)(share * steps) : plan.Optimizer.WarmupSteps;
        var settled = plan with
        {
            Training = plan.Training with { Steps = steps },
            Optimizer = plan.Optimizer with { WarmupSteps = warmup },
        };
        settled.ThrowIfInvalid();
        return settled;
    }

    // Rows that do not fill a last step are not used.
    private static long ComputeSteps(double epochs, TrainingPlan plan)
    {
        using var data = Open(plan);
        return Math.Max(1, (long)(epochs * data.RowsPerEpoch!.Value / plan.Training.RowsPerStep));
    }
}
