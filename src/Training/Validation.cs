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
        var (sum, counted) = (0.0, 0L);
        foreach (var (nats, tokens) in Windows(model, shard, sequenceLength, windows, cancel)) (sum, counted) = (sum + nats, counted + tokens);
        return (sum / counted, counted);
    }

    /// <summary>The loss of each window.</summary>
    /// <inheritdoc cref="Loss"/>
    /// <returns>Nats of all its tokens together, and how many tokens were predicted.</returns>
    public static IEnumerable<(double Nats, int Tokens)> Windows(LanguageModel model, TokenShard shard, int sequenceLength, int windows, CancellationToken cancel = default)
    {
        var source = new SequentialWindows(shard, sequenceLength);
        for (var window = 0L; window < Math.Min(windows, source.Count); window++)
        {
            cancel.ThrowIfCancellationRequested();
            yield return Window(model, source, window, sequenceLength);
        }
    }

    private static (double Nats, int Tokens) Window(LanguageModel model, SequentialWindows source, long window, int sequenceLength)
    {
        using var grad = no_grad();
        using var scope = NewDisposeScope();
        var (inputs, targets) = (new long[sequenceLength], new long[sequenceLength]);
        var tokens = source.Read(window, inputs, targets);
        return (TokenBatch.Create(inputs, targets, rows: 1, model.Device).LossSum(model).ToDouble(), tokens);
    }
}
