using TorchSharp;
using TurkishLlm.Data;
using TurkishLlm.Model;
using static TorchSharp.torch;

namespace TurkishLlm.Training;

/// <summary>How well a model predicts text it has never learned from.</summary>
/// <remarks>
/// Every token weighs the same, whatever window it is in; the same windows each time; nothing is dropped, no random number
/// is drawn, and the model is not changed. Spec: EVL-01, EVL-03, EVL-05.
/// </remarks>
public static class Validation
{
    /// <summary>Measures the loss of every window.</summary>
    /// <param name="model">The model.</param>
    /// <param name="shard">The validation split.</param>
    /// <param name="bytes">Those of the tokenizer that made the split.</param>
    /// <param name="sequenceLength">Tokens of a window.</param>
    /// <param name="windows">How many windows from the start of the split, at most.</param>
    /// <param name="cancel">Ends the measuring before the next window.</param>
    public static ValidationResult Measure(
        LanguageModel model, TokenShard shard, TokenBytes bytes, int sequenceLength, int windows, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(bytes);
        var source = new SequentialWindows(shard, sequenceLength);
        var losses = new List<WindowLoss>();
        using var grad = no_grad();
        for (var window = 0L; window < Math.Min(windows, source.Count); window++)
        {
            cancel.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var (inputs, targets) = (new long[sequenceLength], new long[sequenceLength]);
            var tokens = source.Read(window, inputs, targets);
            var batch = TokenBatch.Create(inputs, targets, rows: 1, model.Device);
            losses.Add(new(model.LossSum(batch.Inputs, batch.Targets).ToDouble(), tokens, bytes.Of(targets)));
        }
        return new(losses);
    }
}
