using TurkishLlm.Data.Batches;
using TurkishLlm.Evaluation.Metrics;
using TurkishLlm.Evaluation.Tasks;
using TurkishLlm.Model;
using TurkishLlm.Training.Validation;

namespace TurkishLlm.Evaluation;

/// <summary>What a model has forgotten of plain text: how much higher its loss is than that of the model it was made of, on the same tokens.</summary>
/// <param name="BaseLoss">Loss of the base model, nats per token.</param>
/// <param name="Loss">Loss of the model, nats per token.</param>
/// <param name="Tokens">Tokens that both predicted.</param>
/// <param name="Interval">Where the increase lies, were other windows of such text taken; null for a single window.</param>
/// <remarks>Spec: EVL-21. Source: report on fine-tuning, "How to evaluate SFT quality", regression check: 10 to 15 % are getting severe.</remarks>
public sealed record ForgettingMetrics(double BaseLoss, double Loss, long Tokens, ConfidenceInterval? Interval)
{
    /// <summary>Relative increase of the loss; below 0 where nothing was forgotten.</summary>
    public double Increase => Loss / BaseLoss - 1;

    /// <param name="baseModel">The model before.</param>
    /// <param name="model">The model after, of the same tokenizer.</param>
    /// <param name="shard">Text that neither has learned from.</param>
    /// <param name="bytes">Those of their tokenizer.</param>
    /// <param name="sequenceLength">Tokens of a window.</param>
    /// <param name="windows">How many windows from the start of the text, at most.</param>
    /// <param name="bootstrap">Makes the interval.</param>
    /// <param name="cancellationToken">Ends the measuring before the next window.</param>
    public static ForgettingMetrics Measure(
        LanguageModel baseModel, LanguageModel model, TokenShard shard, TokenByteLengths bytes, int sequenceLength, int windows, Bootstrap bootstrap, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(bootstrap);
        RowValue[] before = Measured(baseModel), after = Measured(model);
        return new(RowValue.Mean(before), RowValue.Mean(after), (long)after.Sum(window => window.Weight), bootstrap.GetIncreaseInterval(before, after));

        RowValue[] Measured(LanguageModel measured) =>
            [.. LossEvaluator.Measure(measured, shard, bytes, sequenceLength, windows, cancellationToken: cancellationToken).Windows.Select(window => new RowValue(window.Nats, window.Tokens))];
    }
}
