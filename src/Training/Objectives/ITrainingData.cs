using TurkishLlm.Data.Batches;
using TurkishLlm.Model;
using TurkishLlm.Plans;
using TurkishLlm.Runs.Logs;
using TurkishLlm.Tokenization.Chat;
using TurkishLlm.Training.Distributed;
using TurkishLlm.Training.Objectives.FineTuning;
using TurkishLlm.Training.Objectives.LanguageModeling;
using TurkishLlm.Training.Objectives.Preference;
using static TorchSharp.torch;

namespace TurkishLlm.Training.Objectives;

/// <summary>
/// What the steps of a run learn from, and the held-out part it is measured on. Everything is a function of the number of the
/// batch, so a resumed run needs no more of it than that. Step n learns from batch n, or a later one where batches were left out.
/// </summary>
public interface ITrainingData : IDisposable
{
    /// <summary>Running text: what is learned from, or what tells how much of it is forgotten.</summary>
    TokenDataset Shards { get; }

    /// <summary>How prompts become tokens and answers are stored with the model; null where the model only continues text.</summary>
    ChatTemplate? Template { get; }

    /// <summary>Targets that count in some rows of a batch, known before any is read: the sum of its losses is divided by those of all. Where pairs of answers are learned, the pairs.</summary>
    /// <param name="dataStep">Counted from 1.</param>
    /// <param name="firstRow">Row of the batch that they begin with.</param>
    /// <param name="rows">How many.</param>
    long CountLossTerms(long dataStep, int firstRow, int rows);

    /// <summary>Tokens of the first batches up to and with one, padding left out.</summary>
    long CountTokensThrough(long dataStep);

    /// <summary>How many rows all examples are; null where there is no such thing as all.</summary>
    int? RowsPerEpoch { get; }

    /// <summary>How often all examples have been read at the end of a batch; null where there is no such thing as all.</summary>
    double? GetEpoch(long dataStep);

    /// <summary>Reads rows of a batch. They belong to the dispose scope in which they are.</summary>
    /// <param name="dataStep">Counted from 1.</param>
    /// <param name="firstRow">Row of the batch that they begin with.</param>
    /// <param name="rows">How many.</param>
    /// <param name="device">Where the model is.</param>
    IMicroBatch ReadMicroBatch(long dataStep, int firstRow, int rows, Device device);

    /// <summary>Has rows of a batch read from the disk, so that <see cref="ReadMicroBatch"/> need not wait for it. Gives the same tokens with or without.</summary>
    /// <inheritdoc cref="ReadMicroBatch"/>
    void Prefetch(long dataStep, int firstRow, int rows);

    /// <summary>Makes what must be there before the first step or measurement of a process. Does nothing the second time.</summary>
    /// <param name="device">Where the model is.</param>
    /// <param name="group">The processes that share the work; all of them come here.</param>
    void Prepare(Device device, IProcessGroup group)
    {
    }

    /// <summary>The loss on the held-out part; the same targets each time.</summary>
    /// <param name="model">The model.</param>
    /// <param name="group">The processes that share the work; each gets the whole result.</param>
    ValidationMetrics Measure(LanguageModel model, IProcessGroup? group = null);

    /// <summary>Opens what a plan learns from.</summary>
    /// <exception cref="IOException">A file is not there.</exception>
    /// <exception cref="InvalidDataException">A file is damaged, or holds too little.</exception>
    static ITrainingData Open(TrainingPlan plan) => plan.Preference is not null ? new PreferenceData(plan) : plan.Sft is not null ? new SftData(plan) : new PretrainingData(plan);

    /// <summary>The plan with its steps: where it says epochs or a share for the warm-up, what they come to with its data.</summary>
    /// <inheritdoc cref="Open"/>
    static TrainingPlan ResolveSteps(TrainingPlan plan)
    {
        if (plan.Training.Epochs is null && plan.Optimizer.WarmupRatio is null) return plan;
        var steps = plan.Training.Epochs is { } epochs ? ComputeSteps(epochs, plan) : plan.Training.Steps;
        var warmup = plan.Optimizer.WarmupRatio is { } share ? (long)(share * steps) : plan.Optimizer.WarmupSteps;
        var settled = plan with { Training = plan.Training with { Steps = steps }, Optimizer = plan.Optimizer with { WarmupSteps = warmup } };
        settled.ThrowIfInvalid();
        return settled;
    }

    // Rows that do not fill a last step are left over.
    private static long ComputeSteps(double epochs, TrainingPlan plan)
    {
        using var data = Open(plan);
        return Math.Max(1, (long)(epochs * data.RowsPerEpoch!.Value / plan.Training.RowsPerStep));
    }
}
