using TurkishLlm.Data.Batches;
using TurkishLlm.Evaluation.Metrics;
using TurkishLlm.Evaluation.Tasks;
using TurkishLlm.Model;

namespace TurkishLlm.Training.Validation;

/// <summary>Forgetting of a fine-tuned model: the increase of its loss on running text over that of its base model.</summary>
/// <param name="BaseLoss">Loss of the base model, in nats per token.</param>
/// <param name="Loss">Loss of the model, in nats per token.</param>
/// <param name="Tokens">Number of tokens that both models predicted.</param>
/// <param name="Interval">Confidence interval of the increase; null for a single window.</param>
/// <remarks>
/// Spec: EVL-21. Source: report on fine-tuning, "How to evaluate SFT quality", regression check: 10 to 15 % is severe.
/// </remarks>
public sealed record ForgettingMetrics(double BaseLoss, double Loss, long Tokens, ConfidenceInterval? Interval)
{
    /// <summary>Relative increase of the loss; negative if the loss fell.</summary>
    public double Increase => Loss / BaseLoss - 1;

    /// <param name="baseModel">The base model.</param>
    /// <param name="model">The fine-tuned model, with the same tokenizer.</param>
    /// <param name="shard">Text that neither model was trained on.</param>
    /// <param name="bytes">Byte lengths of the tokens.</param>
    /// <param name="sequenceLength">Tokens of a window.</param>
    /// <param name="windows">Largest number of windows, from the start of the text.</param>
    /// <param name="bootstrap">Computes the interval.</param>
    /// <param name="cancellationToken">Cancels before the next window.</param>
    public static ForgettingMetrics Measure(
        LanguageModel baseModel,
        LanguageModel model, TokenShard shard, TokenByteLengths bytes, int sequenceLength, int windows, Bootstrap bootstrap,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(bootstrap);
        RowValue[] before = MeasureWindows(baseModel), after = MeasureWindows(model);
        return new(
            RowValue.Mean(before), RowValue.Mean(after),
            (long)after.Sum(window => window.Weight),
            bootstrap.GetIncreaseInterval(before, after));

        RowValue[] MeasureWindows(LanguageModel evaluated) =>
            [
                .. LossEvaluator
                    .Measure(evaluated, shard, bytes, sequenceLength, windows, cancellationToken: cancellationToken)
                    .Windows.Select(window => new RowValue(window.Nats, window.Tokens)),
            ];
    }
}
