using TorchSharp;
using TurkishLlm.Data;
using TurkishLlm.Model;
using static TorchSharp.torch;

namespace TurkishLlm.Training;

/// <summary>How well a model predicts text it has never learned from.</summary>
/// <remarks>
/// Every token weighs the same, whatever window it is in; the same windows each time; nothing is dropped, no random number
/// is drawn, and the model is not changed. Spec: EVL.
/// </remarks>
public static class Validation
{
    /// <summary>Mean loss per token.</summary>
    /// <param name="model">The model.</param>
    /// <param name="shard">The validation split.</param>
    /// <param name="sequenceLength">Tokens of a window.</param>
    /// <param name="windows">How many windows from the start of the split, at most.</param>
    /// <param name="cancel">Ends the measuring before the next window.</param>
    /// <returns>Nats per token, and how many tokens were predicted.</returns>
    public static (double Loss, long Tokens) Loss(LanguageModel model, TokenShard shard, int sequenceLength, int windows, CancellationToken cancel = default)
    {
        var source = new SequentialWindows(shard, sequenceLength);
        var (sum, counted) = (0.0, 0L);
        using var grad = no_grad();
        for (var window = 0L; window < Math.Min(windows, source.Count); window++)
        {
            cancel.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var (inputs, targets) = (new long[sequenceLength], new long[sequenceLength]);
            counted += source.Read(window, inputs, targets);
            var batch = TokenBatch.Create(inputs, targets, rows: 1, model.Device);
            sum += batch.LossSum(model).ToDouble();
        }
        return (sum / counted, counted);
    }
}
