using TurkishLlm.Model;
using TurkishLlm.Tokenization;
using static TorchSharp.torch;

namespace TurkishLlm.Training;

/// <summary>
/// What the steps of a run learn from, and the held-out part it is measured on. Everything is a function of the step, so
/// a resumed run needs no more of it than the number of its step.
/// </summary>
public interface ITrainingData : IDisposable
{
    /// <summary>Hash of the tokenizer that made the ids.</summary>
    string TokenizerHash { get; }

    /// <summary>How prompts become tokens and answers are stored with the model; null where the model only continues text.</summary>
    ChatTemplate? Template { get; }

    /// <summary>Targets that count in the whole step, over all its micro-batches: what the sum of its losses is divided by. Known before any is read. Where pairs of answers are learned, the pairs.</summary>
    long CountedTargets(long step);

    /// <summary>Tokens read from step 1 to the end of a step, padding left out.</summary>
    long TokensThrough(long step);

    /// <summary>How many rows all examples are; null where there is no such thing as all.</summary>
    int? RowsPerEpoch { get; }

    /// <summary>How often all examples have been read at the end of a step; null where there is no such thing as all.</summary>
    double? EpochsThrough(long step);

    /// <summary>The micro-batches of a step, each read when it is asked for. They belong to the dispose scope in which they are.</summary>
    /// <param name="step">Counted from 1.</param>
    /// <param name="device">Where the model is.</param>
    IEnumerable<IMicroBatch> MicroBatches(long step, Device device);

    /// <summary>The loss on the held-out part; the same targets each time.</summary>
    HeldOutLoss Measure(LanguageModel model);

    /// <summary>Opens what a plan learns from.</summary>
    /// <exception cref="IOException">A file is not there.</exception>
    /// <exception cref="InvalidDataException">A file is damaged, or holds too little.</exception>
    static ITrainingData Open(TrainingPlan plan) => plan.Preference is not null ? new PreferenceData(plan) : plan.Sft is not null ? new SftData(plan) : new PretrainingData(plan);

    /// <summary>The plan with its steps: where it says epochs or a share for the warm-up, what they come to with its data.</summary>
    /// <inheritdoc cref="Open"/>
    static TrainingPlan Settle(TrainingPlan plan)
    {
        if (plan.Training.Epochs is null && plan.Optimizer.WarmupShare is null) return plan;
        var steps = plan.Training.Epochs is { } epochs ? StepsOf(epochs, plan) : plan.Training.Steps;
        var warmup = plan.Optimizer.WarmupShare is { } share ? (long)(share * steps) : plan.Optimizer.WarmupSteps;
        var settled = plan with { Training = plan.Training with { Steps = steps }, Optimizer = plan.Optimizer with { WarmupSteps = warmup } };
        settled.ThrowIfInvalid();
        return settled;
    }

    // Rows that do not fill a last step are left over.
    private static long StepsOf(double epochs, TrainingPlan plan)
    {
        using var data = Open(plan);
        return Math.Max(1, (long)(epochs * data.RowsPerEpoch!.Value / plan.Training.RowsPerStep));
    }
}

/// <summary>Mean losses on what is never learned from, in nats per counted target; null where a run has no such part.</summary>
/// <param name="Validation">On the held-out part of what is learned.</param>
/// <param name="Text">On the validation split of running text, where that is another thing: what fine-tuning makes a model forget.</param>
/// <param name="Preference">On held-out pairs of answers.</param>
public sealed record HeldOutLoss(double? Validation, double? Text = null, PreferenceMetrics? Preference = null);
