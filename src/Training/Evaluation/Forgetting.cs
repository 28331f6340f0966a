using TurkishLlm.Data;
using TurkishLlm.Model;

namespace TurkishLlm.Training;

/// <summary>What a model has forgotten of plain text: how much higher its loss is than that of the model it was made of, on the same tokens.</summary>
/// <param name="Base">Loss of the base model, nats per token.</param>
/// <param name="Loss">Loss of the model, nats per token.</param>
/// <param name="Tokens">Tokens that both predicted.</param>
/// <param name="Interval">Where the increase lies, were other windows of such text taken; null for a single window.</param>
/// <remarks>Spec: EVL-21. Source: report on fine-tuning, "How to evaluate SFT quality", regression check: 10 to 15 % are getting severe.</remarks>
public sealed record Forgetting(double Base, double Loss, long Tokens, Interval? Interval)
{
    /// <summary>Relative increase of the loss; below 0 where nothing was forgotten.</summary>
    public double Increase => Loss / Base - 1;

    /// <param name="baseModel">The model before.</param>
    /// <param name="model">The model after, of the same tokenizer.</param>
    /// <param name="shard">Text that neither has learned from.</param>
    /// <param name="bytes">Those of their tokenizer.</param>
    /// <param name="sequenceLength">Tokens of a window.</param>
    /// <param name="windows">How many windows from the start of the text, at most.</param>
    /// <param name="bootstrap">Makes the interval.</param>
    /// <param name="cancel">Ends the measuring before the next window.</param>
    public static Forgetting Measure(
        LanguageModel baseModel, LanguageModel model, TokenShard shard, TokenBytes bytes, int sequenceLength, int windows, Bootstrap bootstrap, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(bootstrap);
        RowValue[] before = Measured(baseModel), after = Measured(model);
        return new(RowValue.Mean(before), RowValue.Mean(after), (long)after.Sum(window => window.Weight), bootstrap.OfIncrease(before, after));

        RowValue[] Measured(LanguageModel measured) =>
            [.. Validation.Measure(measured, shard, bytes, sequenceLength, windows, cancel: cancel).Windows.Select(window => new RowValue(window.Nats, window.Tokens))];
    }
}
