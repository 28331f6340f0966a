using System.Text.Json.Serialization;
using TurkishLlm.Evaluation.Tasks;

namespace TurkishLlm.Runs.Logs;

/// <summary>Metrics of one optimizer step: a line of <c>metrics.jsonl</c>.</summary>
/// <param name="Step">Number of the step, counted from 1.</param>
/// <param name="Loss">Mean loss per loss term of the step, in nats, before the weights changed.</param>
/// <param name="LearningRate">Learning rate of the step.</param>
/// <param name="GradientNorm">Global L2 norm of the gradient, before clipping.</param>
/// <param name="Tokens">Tokens read since step 1, this step included.</param>
/// <param name="TokensPerSecond">Tokens of this step ÷ its time.</param>
/// <param name="Seconds">Training time since step 1, without interruptions.</param>
/// <param name="MemoryBytes">Peak memory so far: of the device, or of the process on the CPU.</param>
/// <param name="ValidationLoss">Validation loss after the step, in nats; null if not measured.</param>
/// <param name="ValidationBitsPerByte">
/// The same in bits per byte of text, which does not depend on the tokenizer; null in fine-tuning.
/// </param>
/// <param name="WallSeconds">
/// Wall-clock time of the run: <paramref name="Seconds"/> plus validation, samples, checkpoints and steps lost to interruptions.
/// </param>
/// <param name="TextLoss">In fine-tuning, the validation loss on running text, which rises as the model forgets.</param>
/// <param name="LossTerms">Number of targets or preference pairs of the step; null if every token is a target.</param>
/// <param name="Epoch">Passes over all examples after the step; null for data without epochs.</param>
/// <param name="InitialValidation">Validation losses before step 1; on the line of that step.</param>
/// <param name="Preference">Metrics of the pairs of the step; null for other objectives.</param>
/// <param name="ValidationPreference">Metrics of the validation pairs after the step; null if not measured.</param>
/// <param name="GradientNoise">Noise of the gradient; null for a step of one micro-batch.</param>
/// <param name="Tasks">Metrics of the tasks that the model was asked after the step, by name; null if it was not asked.</param>
/// <param name="Gpu">What the sensors of the device showed after the step; null without NVIDIA's library.</param>
/// <param name="Grpo">Metrics of the answers of the step; null for other objectives.</param>
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
    PreferenceMetrics? ValidationPreference = null,
    GradientNoiseMetrics? GradientNoise = null,
    IReadOnlyDictionary<string, TaskMetrics>? Tasks = null,
    GpuMetrics? Gpu = null,
    GrpoMetrics? Grpo = null);
