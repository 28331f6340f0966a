using TorchSharp;
using TurkishLlm.Data.Batches;
using TurkishLlm.Model;
using TurkishLlm.Training.Distributed;
using TurkishLlm.Training.Objectives;
using static TorchSharp.torch;

namespace TurkishLlm.Training.Validation;

/// <summary>Measures the loss of a model on validation text.</summary>
/// <remarks>
/// Every token has the same weight, regardless of its window. The windows are the same each time; there is no dropout, no random
/// number is drawn, and the model is not changed. Spec: EVL-01, EVL-03, EVL-05.
/// </remarks>
public static class LossEvaluator
{
    /// <summary>Measures the loss of every window.</summary>
    /// <param name="model">The model.</param>
    /// <param name="shard">The validation split.</param>
    /// <param name="bytes">Byte lengths of the tokens of the split.</param>
    /// <param name="sequenceLength">Tokens of a window.</param>
    /// <param name="windows">Largest number of windows, from the start of the split.</param>
    /// <param name="group">The processes that share the windows; null for a single process.</param>
    /// <param name="cancellationToken">Cancels before the next window.</param>
    public static PerplexityMetrics Measure(
        LanguageModel model,
        TokenShard shard, TokenByteLengths bytes, int sequenceLength, int windows,
        IProcessGroup? group = null,
        CancellationToken cancellationToken = default)
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

    /// <summary>Measures a number of parts, each in one of the processes.</summary>
    /// <param name="group">The processes; null for a single process.</param>
    /// <param name="count">Number of parts.</param>
    /// <param name="measure">Measures one part; called without gradients, in its own dispose scope.</param>
    /// <returns>The results of all parts, in order, in every process.</returns>
    internal static IReadOnlyList<WindowLoss> MeasureAcrossRanks(
        IProcessGroup? group, int count,
        Func<int, WindowLoss> measure) =>
    [
        .. MeasureAcrossRanks(group, count, valuesPerPart: 3, part =>
                measure(part) is var loss ? [loss.Nats, loss.Tokens, loss.Bytes] : [])
            .Select(part => new WindowLoss(part[0], (int)part[1], (long)part[2])),
    ];

    /// <summary>Measures a number of parts, each in one of the processes.</summary>
    /// <param name="group">The processes; null for a single process.</param>
    /// <param name="count">Number of parts.</param>
    /// <param name="valuesPerPart">Largest number of values per part.</param>
    /// <param name="measure">Measures one part; called without gradients, in its own dispose scope.</param>
    /// <returns>The values of all parts, in order, in every process; padded with zeros.</returns>
    internal static IEnumerable<double[]> MeasureAcrossRanks(
        IProcessGroup? group, int count, int valuesPerPart, Func<int, double[]> measure)
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

    // A part is zero in all processes but the one that measured it, so the sum is its value, bit by bit.
    private static double[] SumAcrossRanks(IProcessGroup group, double[] found)
    {
        if (group.Context.WorldSize == 1) return found;
        using var scope = NewDisposeScope();
        var all = tensor(found);
        group.AllReduceSum(all);
        return all.data<double>().ToArray();
    }
}
