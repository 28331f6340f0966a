using TurkishLlm.Kernels.Autograd;
using static TorchSharp.torch;

namespace TurkishLlm.Kernels.Cuda;

/// <summary>
/// Computes the loss of a linear head, some rows of logits at a time; the logits are replaced by their gradient in place.
/// </summary>
internal static class CudaLinearCrossEntropy
{
    // Enough rows to fill a device; one gigabyte of bfloat16 logits for 64,000 tokens.
    private const long RowsPerChunk = 8192;

    public static Tensor Apply(Tensor hidden, Tensor weight, Tensor allTargets, long ignoreIndex, double scale, bool inBFloat16)
    {
        CheckInputs(hidden, weight, allTargets);
        using var scope = NewDisposeScope();
        var (needsHidden, needsWeight) = (is_grad_enabled() && hidden.requires_grad, is_grad_enabled() && weight.requires_grad);
        Tensor loss;
        Tensor? dhidden = null, dweight = null;
        using (no_grad())
        {
            long rows = hidden.size(0), vocabulary = weight.size(0);
            var type = CudaMatmul.GetOperandType(inBFloat16);
            var (x, w, targets) = (hidden.to(type), weight.to(type), allTargets.contiguous());
            var losses = empty(rows, dtype: float32, device: hidden.device);
            if (needsHidden) dhidden = empty(hidden.shape, dtype: float32, device: hidden.device);
            if (needsWeight) dweight = zeros(weight.shape, dtype: float32, device: weight.device);
            for (long first = 0; first < rows; first += RowsPerChunk)
            {
                // The logits of a chunk are freed before those of the next one are computed.
                using var chunkScope = NewDisposeScope();
                var count = Math.Min(RowsPerChunk, rows - first);
                var chunk = x.narrow(0, first, count);
                // In the number type of the operands: logits are most of the memory traffic of a step.
                var logits = chunk.mm(w.t());
                CudaKernel.Launch(
                    KernelSource.CrossEntropy(inBFloat16), logits, count, GetThreadCount(vocabulary),
                    logits,
                    targets.narrow(0, first, count), losses.narrow(0, first, count), vocabulary, ignoreIndex, (float)scale,
                    needsHidden || needsWeight ? 1 : 0);
                dhidden?.narrow(0, first, count).copy_(CudaMatmul.Multiply(logits, w));
                dweight?.add_(CudaMatmul.Multiply(logits.t(), chunk));
            }
            loss = losses.sum(float64).mul_(scale).to(float32);
        }
        if (needsHidden || needsWeight)
        {
            Tensor[] saved = [.. new[] { dhidden, dweight }.OfType<Tensor>()];
            loss = AutogradFunction.Record(
                [hidden, weight], [loss], saved,
                (kept, gradients) =>
                    [needsHidden ? kept[0] * gradients[0]! : null, needsWeight ? kept[^1] * gradients[0]! : null])[0];
        }
        return loss.MoveToOuterDisposeScope();
    }

    private static void CheckInputs(Tensor hidden, Tensor weight, Tensor targets)
    {
        OperatorInput.Check(
            "cross-entropy", hidden.device,
            ("hidden", hidden, float32), ("weight", weight, float32), ("targets", targets, int64));
        OperatorInput.CheckShape("cross-entropy", "hidden", hidden, -1, -1);
        OperatorInput.CheckShape("cross-entropy", "weight", weight, -1, hidden.size(1));
        OperatorInput.CheckShape("cross-entropy", "targets", targets, hidden.size(0));
    }

    // One warp for a small vocabulary, more as long as each thread has some dozens of tokens.
    private static int GetThreadCount(long vocabulary)
    {
        var threads = 32;
        while (threads < 1024 && vocabulary / threads > 64) threads *= 2;
        return threads;
    }
}
