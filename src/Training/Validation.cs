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
        var source = new SequentialWindows(shard, sequenceLength);
        return new(Shared(group, (int)Math.Min(windows, source.Count), window =>
        {
            cancel.ThrowIfCancellationRequested();
            var (inputs, targets) = (new long[sequenceLength], new long[sequenceLength]);
            var tokens = source.Read(window, inputs, targets);
            var batch = TokenBatch.Create(inputs, targets, rows: 1, model.Device);
            return new(batch.LossSum(model).ToDouble(), tokens, bytes.Of(targets));
        }));
    }

    /// <summary>Has each process measure some of a number of parts.</summary>
    /// <param name="group">The processes; null for one alone.</param>
    /// <param name="count">How many parts there are.</param>
    /// <param name="measure">Measures one; in a dispose scope of its own, without gradients.</param>
    /// <returns>All parts in order, in every process.</returns>
    internal static IReadOnlyList<WindowLoss> Shared(IProcessGroup? group, int count, Func<int, WindowLoss> measure) =>
    [
        .. Shared(group, count, numbers: 3, part => measure(part) is var loss ? [loss.Nats, loss.Tokens, loss.Bytes] : [])
            .Select(part => new WindowLoss(part[0], (int)part[1], (long)part[2])),
    ];

    /// <summary>Has each process measure some of a number of parts.</summary>
    /// <param name="group">The processes; null for one alone.</param>
    /// <param name="count">How many parts there are.</param>
    /// <param name="numbers">Most numbers that a part comes to.</param>
    /// <param name="measure">Measures one; in a dispose scope of its own, without gradients.</param>
    /// <returns>The numbers of all parts in order, in every process; zeros where a part has fewer.</returns>
    internal static IEnumerable<double[]> Shared(IProcessGroup? group, int count, int numbers, Func<int, double[]> measure)
    {
        group ??= SingleProcessGroup.Instance;
        var found = new double[numbers * count];
        using var grad = no_grad();
        for (var part = group.Context.Rank; part < count; part += group.Context.Size)
        {
            using var scope = NewDisposeScope();
            measure(part).CopyTo(found, numbers * part);
        }
        return Together(group, found).Chunk(numbers);
    }

    // What a process did not measure is zero there, so the sum is what the one that did has found, bit by bit.
    private static double[] Together(IProcessGroup group, double[] found)
    {
        if (group.Context.Size == 1) return found;
        using var scope = NewDisposeScope();
        var all = tensor(found);
        group.Sum(all);
        return all.data<double>().ToArray();
    }
}
