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
    /// <param name="group">The processes that share the windows; null for one alone.</param>
    /// <param name="cancel">Ends the measuring before the next window.</param>
    public static ValidationResult Measure(
        LanguageModel model, TokenShard shard, TokenBytes bytes, int sequenceLength, int windows, IProcessGroup? group = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(bytes);
        group ??= OneProcess.Instance;
        var source = new SequentialWindows(shard, sequenceLength);
        var count = (int)Math.Min(windows, source.Count);
        var found = new double[3 * count];
        using var grad = no_grad();
        for (var window = group.World.Rank; window < count; window += group.World.Size)
        {
            cancel.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var (inputs, targets) = (new long[sequenceLength], new long[sequenceLength]);
            var tokens = source.Read(window, inputs, targets);
            var batch = TokenBatch.Create(inputs, targets, rows: 1, model.Device);
            (found[3 * window], found[3 * window + 1], found[3 * window + 2]) = (model.LossSum(batch.Inputs, batch.Targets).ToDouble(), tokens, bytes.Of(targets));
        }
        found = Together(group, found);
        return new([.. found.Chunk(3).Select(window => new WindowLoss(window[0], (int)window[1], (long)window[2]))]);
    }

    // What a process did not measure is zero there, so the sum is what the one that did has found, bit by bit.
    private static double[] Together(IProcessGroup group, double[] found)
    {
        if (group.World.Size == 1) return found;
        using var scope = NewDisposeScope();
        var all = tensor(found);
        group.Sum(all);
        return all.data<double>().ToArray();
    }
}
