using TorchSharp;
using TurkishLlm.Kernels.Autograd;
using TurkishLlm.Kernels.Native;
using static TorchSharp.torch;

namespace TurkishLlm.Kernels.Cpu;

/// <summary>
/// Causal attention with linear biases and grouped key/value heads, one block of queries at a time: the matrix of all scores is
/// never stored. The backward pass recomputes the weights of a block from its saved log-sum-exp.
/// </summary>
internal static unsafe class CpuAlibiAttention
{
    public static Tensor Apply(Tensor q, Tensor k, Tensor v, Tensor slopes, Tensor? segmentStarts, bool inBFloat16) => inBFloat16
        ? Apply<ushort, BFloat16Gemm>(q, k, v, slopes, segmentStarts)
        : Apply<float, Float32Gemm>(q, k, v, slopes, segmentStarts);

    private static Tensor Apply<T, TGemm>(Tensor q, Tensor k, Tensor v, Tensor slopeInput, Tensor? segmentStartInput)
        where T : unmanaged
        where TGemm : IGemm<T>
    {
        using var scope = NewDisposeScope();
        Tensor[] inputs = [q, k, v];
        var needsGradient = AutogradFunction.IsGradientRequired(inputs);
        using var grad = no_grad();
        var saved = new List<Tensor> { q.contiguous(), k.contiguous(), v.contiguous(), slopeInput.contiguous() };
        if (segmentStartInput is not null)
        {
            saved.Add(segmentStartInput.contiguous());
            ValidateSegmentStarts(saved[^1]);
        }
        var shape = new AttentionShape((int)q.shape[0], (int)q.shape[1], (int)q.shape[2], (int)k.shape[2], (int)q.shape[3]);
        Tensor output = OutputTensor.EmptyLike(saved[0]),
            logSums = OutputTensor.Empty([shape.Batch, shape.Heads, shape.SequenceLength]);
        var attention = new AttentionInput<T, TGemm>(
            shape, saved[0], saved[1], saved[2], saved[3], saved.ElementAtOrDefault(4));
        new AttentionForward<T, TGemm>(attention, output, logSums).Run();
        if (!needsGradient) return output.MoveToOuterDisposeScope();
        var reaches = attention.MaxDistances;
        return AutogradFunction.Record(inputs, [output], [logSums, output.detach(), .. saved], (kept, gradients) =>
        {
            var again = new AttentionInput<T, TGemm>(
                shape, kept[2], kept[3], kept[4], kept[5], kept.ElementAtOrDefault(6), reaches);
            return new AttentionBackward<T, TGemm>(again, kept[1], kept[0], gradients[0]!.contiguous()).Run();
        })[0].MoveToOuterDisposeScope();
    }

    // The loops over a block do not check these values.
    private static void ValidateSegmentStarts(Tensor segmentStarts)
    {
        var first = (long*)TensorMemory.GetDataPointer(segmentStarts);
        var (rows, time) = (segmentStarts.shape[0], segmentStarts.shape[1]);
        for (long row = 0; row < rows; row++)
            for (long i = 0; i < time; i++)
            {
                var start = first[row * time + i];
                if (start < 0 || start > i || (i > 0 && start < first[row * time + i - 1]))
                    throw new ArgumentException(
                        $"The segment of query {i} of row {row} starts at key {start}; "
                        + "a segment start is 0 … the query itself and does not decrease along a row.",
                        nameof(segmentStarts));
            }
    }
}
