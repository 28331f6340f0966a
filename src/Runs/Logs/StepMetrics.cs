using System.Text.Json.Serialization;

namespace TurkishLlm.Runs.Logs;

/// <summary>What is known of one optimizer step: a line of <c>metrics.jsonl</c>.</summary>
/// <param name="Step">Number of the step, counted from 1.</param>
/// <param name="Loss">Mean cross-entropy over the step's tokens, in nats, before the optimizer moved.</param>
/// <param name="LearningRate">Learning rate of the step.</param>
/// <param name="GradientNorm">Global L2 norm of the gradient, before clipping.</param>
/// <param name="Tokens">Tokens read since step 1, this step included.</param>
/// <param name="TokensPerSecond">Tokens of this step ÷ its time.</param>
/// <param name="Seconds">Time of training since step 1, interruptions left out.</param>
/// <param name="MemoryBytes">Most memory in use so far: the device's, or the process's on the processor.</param>
/// <param name="ValidationLoss">Mean cross-entropy on held-out text after the step, in nats; null where it was not measured.</param>
/// <param name="ValidationBitsPerByte">The same in bits for each byte of that text, which does not depend on the tokenizer; null in fine-tuning.</param>
/// <param name="WallSeconds">
/// Time that the machine has spent on the run: as <paramref name="Seconds"/>, and validation, samples, saving and steps that
/// were lost to a kill besides.
/// </param>
/// <param name="TextLoss">In fine-tuning, the same on held-out running text: it rises as the model forgets.</param>
/// <param name="LossTerms">Targets learned in the step, or pairs of answers; null where every token is one.</param>
/// <param name="Epoch">How often all examples have been read after the step; null where there is no such thing as all.</param>
/// <param name="InitialValidation">Losses on what is held out before step 1; on the line of that step.</param>
/// <param name="Preference">Of the pairs of answers of the step; null where none are learned.</param>
/// <param name="ValidationPreference">Of held-out pairs after the step; null where they were not measured.</param>
public sealed record StepMetrics(
    long Step,
    double Loss,
    [property: JsonPropertyName("lr")] double LearningRate,
    [property: JsonPropertyName("grad_norm")] double GradientNorm,
    long Tokens,
    double TokensPerSecond,
    double Seconds,
    long MemoryBytes,
    double? ValidationLoss = null,
    double? ValidationBitsPerByte = null,
    double? WallSeconds = null,
    double? TextLoss = null,
    long? LossTerms = null,
    double? Epoch = null,
    ValidationMetrics? InitialValidation = null,
    PreferenceMetrics? Preference = null,
    PreferenceMetrics? ValidationPreference = null);
