using TurkishLlm.Model;
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

    /// <summary>Refuses to go on with ids of another tokenizer.</summary>
    /// <param name="hash">Hash of the tokenizer in use.</param>
    /// <exception cref="InvalidDataException">It is another one.</exception>
    void RequireTokenizer(string hash);

    /// <summary>Targets that count in the whole step, over all its micro-batches: what the sum of its losses is divided by. Known before any is read.</summary>
    long CountedTargets(long step);

    /// <summary>Tokens read from step 1 to the end of a step, padding left out.</summary>
    long TokensThrough(long step);

    /// <summary>The micro-batches of a step, each read when it is asked for. They belong to the dispose scope in which they are.</summary>
    /// <param name="step">Counted from 1.</param>
    /// <param name="device">Where the model is.</param>
    IEnumerable<TokenBatch> MicroBatches(long step, Device device);

    /// <summary>Mean loss per counted target of the held-out part, in nats; the same targets each time.</summary>
    double ValidationLoss(LanguageModel model);

    /// <summary>Opens what a plan learns from.</summary>
    /// <exception cref="IOException">A file is not there.</exception>
    /// <exception cref="InvalidDataException">A file is damaged, or holds too little.</exception>
    static ITrainingData Open(TrainingPlan plan) => new PretrainingData(plan);
}
