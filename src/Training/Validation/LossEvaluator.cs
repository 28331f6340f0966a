using TorchSharp;
using TurkishLlm.Data.Batches;
using TurkishLlm.Model;
using TurkishLlm.Training.Distributed;
using TurkishLlm.Training.Objectives;
using static TorchSharp.torch;

namespace TurkishLlm.Training.Validation;

/// <summary>How well a model predicts text it has never learned from.</summary>
/// <remarks>
/// Every token weighs the same, whatever window it is in; the same windows each time; nothing is dropped, no random number
/// is drawn, and the model is not changed. Spec: EVL-01, EVL-03, EVL-05.
/// </remarks>
public static class LossEvaluator
{
    /// <summary>Measures the loss of every window.</summary>
    /// <param name="model">The model.</param>
    /// <param name="shard">The validation split.</param>
    /// <param name="bytes">Those of the tokenizer that made the split.</param>
    /// <param name="sequenceLength">Tokens of a window.</param>
    /// <param name="windows">How many windows from the start of the split, at most.</param>
    /// <param name="group">The processes that share the windows; null for one alone.</param>
    /// <param name="cancellationToken">Ends the measuring before the next window.</param>
    public static PerplexityMetrics Measure(
        LanguageModel model, TokenShard shard, TokenByteLengths bytes, int sequenceLength, int windows, IProcessGroup? group = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(bytes);
        var source = new SequentialWindows(shard, sequenceLength);
        return new(MeasureAcrossRanks(group, (int)Math.Min(windows, source.Count), window =>
        {
            cancellationToken.ThrowIfCancellationRequested();
            var (inputs, targets) = (new long[sequenceLength], new long[sequenceLength]);
            var tokens = source.Read(window, inputs, targets);
            var batch = TokenBatch.Create(inputs, targets, rows: 1, model.Device);
            return new(batch.LossSum(model).ToDouble(), tokens, bytes.CountBytes(targets));
        }));
    }

    /// <summary>Has each process measure some of a number of parts.</summary>
    /// <param name="group">The processes; null for one alone.</param>
    /// <param name="count">How many parts there are.</param>
    /// <param name="measure">Measures one; in a dispose scope of its own, without gradients.</param>
    /// <returns>All parts in order, in every process.</returns>
    internal static IReadOnlyList<WindowLoss> MeasureAcrossRanks(IProcessGroup? group, int count, Func<int, WindowLoss> measure) =>
    [
        .. MeasureAcrossRanks(group, count, valuesPerPart: 3, part => measure(part) is var loss ? [loss.Nats, loss.Tokens, loss.Bytes] : [])
            .Select(part => new WindowLoss(part[0], (int)part[1], (long)part[2])),
    ];

    /// <summary>Has each process measure some of a number of parts.</summary>
    /// <param name="group">The processes; null for one alone.</param>
    /// <param name="count">How many parts there are.</param>
    /// <param name="valuesPerPart">Most numbers that a part comes to.</param>
    /// <param name="measure">Measures one; in a dispose scope of its own, without gradients.</param>
    /// <returns>The numbers of all parts in order, in every process; zeros where a part has fewer.</returns>
    internal static IEnumerable<double[]> MeasureAcrossRanks(IProcessGroup? group, int count, int valuesPerPart, Func<int, double[]> measure)
    {
        group ??= SingleProcessGroup.Instance;
        var found = new double[valuesPerPart * count];
        using var grad = no_grad();
        for (var part = group.Context.Rank; part < count; part += group.Context.WorldSize)
        {
            using var scope = NewDisposeScope();
            measure(part).CopyTo(found, valuesPerPart * part);
        }
        return SumAcrossRanks(group, found).Chunk(valuesPerPart);
    }

    // What a process did not measure is zero there, so the sum is what the one that did has found, bit by bit.
    private static double[] SumAcrossRanks(IProcessGroup group, double[] found)
    {
        if (group.Context.WorldSize == 1) return found;
        using var scope = NewDisposeScope();
        var all = tensor(found);
        group.AllReduceSum(all);
        return all.data<double>().ToArray();
    }
}
