using TorchSharp;
using static TorchSharp.torch;

namespace TurkishLlm.Kernels;

/// <summary>
/// Causal attention with linear biases and grouped key/value heads, a block of queries at a time: no matrix of all scores is ever
/// stored. The backward pass computes the weights of a block again from its saved log-sum-exp.
/// </summary>
internal static unsafe class CpuAlibiAttention
{
    public static Tensor Apply(Tensor q, Tensor k, Tensor v, Tensor slopes, Tensor? starts, bool inBFloat16) => inBFloat16
        ? Apply<ushort, BFloat16Product>(q, k, v, slopes, starts)
        : Apply<float, Float32Product>(q, k, v, slopes, starts);

    private static Tensor Apply<T, TProduct>(Tensor q, Tensor k, Tensor v, Tensor slopeInput, Tensor? startInput)
        where T : unmanaged
        where TProduct : IProduct<T>
    {
        using var scope = NewDisposeScope();
        Tensor[] inputs = [q, k, v];
        var needsGradient = DifferentiableOperation.IsNeeded(inputs);
        using var grad = no_grad();
        var saved = new List<Tensor> { q.contiguous(), k.contiguous(), v.contiguous(), slopeInput.contiguous() };
        if (startInput is not null)
        {
            saved.Add(startInput.contiguous());
            RequireStarts(saved[^1]);
        }
        var shape = new AttentionShape((int)q.shape[0], (int)q.shape[1], (int)q.shape[2], (int)k.shape[2], (int)q.shape[3]);
        Tensor output = OutputTensor.EmptyLike(saved[0]), logSums = OutputTensor.Empty([shape.Batch, shape.Heads, shape.Time]);
        var attention = new AttentionInput<T, TProduct>(
            shape, saved[0], saved[1], saved[2], saved[3], saved.ElementAtOrDefault(4));
        new AttentionForward<T, TProduct>(attention, output, logSums).Run();
        if (!needsGradient) return output.MoveToOuterDisposeScope();
        var reaches = attention.Reaches;
        return DifferentiableOperation.Record(inputs, [output], [logSums, output.detach(), .. saved], (kept, gradients) =>
        {
            var again = new AttentionInput<T, TProduct>(
                shape, kept[2], kept[3], kept[4], kept[5], kept.ElementAtOrDefault(6), reaches);
            return new AttentionBackward<T, TProduct>(again, kept[1], kept[0], gradients[0]!.contiguous()).Run();
        })[0].MoveToOuterDisposeScope();
    }

    // The loops of a block trust these numbers.
    private static void RequireStarts(Tensor starts)
    {
        var first = (long*)TensorMemory.Address(starts);
        var (rows, time) = (starts.shape[0], starts.shape[1]);
        for (long row = 0; row < rows; row++)
            for (long i = 0; i < time; i++)
            {
                var start = first[row * time + i];
                if (start < 0 || start > i || (i > 0 && start < first[row * time + i - 1]))
                    throw new ArgumentException(
                        $"Query {i} of row {row} starts at key {start}; "
                        + "a start is 0 … the query itself and never falls along a row.",
                        nameof(starts));
            }
    }
}
