using TorchSharp;
using TurkishLlm.Kernels.Native;
using static TorchSharp.torch;

namespace TurkishLlm.Kernels.Cuda;

/// <summary>
/// Causal attention with linear biases on the flash attention of libtorch, which has no biases. A constant added to a row of
/// scores does not change its softmax, so −slope·(i − j) can be replaced by slope·j, which depends on the key alone: it becomes a
/// few additional dimensions, with coefficients in the query and the position in the key. bfloat16 represents neither positions
/// above 256 nor every slope, so both are split into two parts.
/// </summary>
/// <remarks>Source: FlashBias, Wu et al. 2025; Press et al. 2022; PyTorch, <c>aten::_flash_attention_forward</c>.</remarks>
internal static class CudaAlibiAttention
{
    private const long BiasDimensions = 4;                // two parts of the coefficient times two parts of the position
    private const long HeadDimMultiple = 8;            // flash attention requires multiples of it
    private const long MaxExactInteger = 256;             // integers up to it are exact in bfloat16
    private const long MaxSequenceLength = MaxExactInteger * MaxExactInteger;

    public static Tensor Apply(Tensor q, Tensor k, Tensor v, Tensor slopes, Tensor? segmentStarts, bool inBFloat16)
    {
        if (!inBFloat16)
            throw new ArgumentException("Flash attention multiplies in bfloat16; use the plain operators for float32.");
        CheckInputs(q, k, v, slopes, segmentStarts);
        using var scope = NewDisposeScope();
        long batch = q.size(0), time = q.size(1), size = q.size(3);
        var padding = (HeadDimMultiple - (size + BiasDimensions) % HeadDimMultiple) % HeadDimMultiple;
        var scale = 1 / Math.Sqrt(size);

        // The scale also multiplies the added products, so the coefficients are divided by it first, in float32.
        var wanted = slopes.to(float32) / scale;
        var upper = wanted.to(bfloat16).to(float32);
        var lower = wanted - upper;
        var none = zeros([q.size(2), padding], dtype: float32, device: q.device);
        var coefficients = cat([stack([upper, upper, lower, lower], 1), none], 1);                      // [hq, added]
        var j = arange(time, dtype: int64, device: q.device);
        var (low, unused) = (j.remainder(MaxExactInteger), zeros([time, padding], dtype: int64, device: q.device));
        var positions = cat([stack([j - low, low, j - low, low], 1), unused], 1).unsqueeze(1);         // [t, 1, added]

        Tensor Widen(Tensor x, Tensor added) =>
            cat([x.to(bfloat16), added.to(bfloat16).expand(batch, time, x.size(2), BiasDimensions + padding)], 3);
        var (wideQ, wideK, wideV) = (Widen(q, coefficients), Widen(k, positions), Widen(v, zeros_like(positions)));
        var offsets = segmentStarts is null ? null : SegmentOffsets.GetOrCompute(segmentStarts);
        var mixed = q.device_type == DeviceType.CUDA
            ? RunFlashAttention(wideQ, wideK, wideV, offsets, scale)
            : RunMathAttention(wideQ, wideK, wideV, offsets, scale);
        return mixed.narrow(3, 0, size).to(float32).MoveToOuterDisposeScope();
    }

    // Calls the kernel by name: it uses memory linear in its inputs or throws, and cannot be replaced silently by a slower one,
    // as under scaled_dot_product_attention. It also supports grouped heads, a scale, and rows of several segments.
    private static Tensor RunFlashAttention(Tensor q, Tensor k, Tensor v, Tensor? offsets, double scale)
    {
        Tensor Flatten(Tensor x) => offsets is null ? x : x.flatten(0, 1);
        var longest = q.size(1);
        const bool causal = true, debugMask = false;
        var results = LibtorchOperator.Call(
            "aten::_flash_attention_forward", "", 5,
            Flatten(q),
            Flatten(k), Flatten(v), LibtorchOperator.Argument.Optional(offsets), LibtorchOperator.Argument.Optional(offsets),
            longest, longest, 0.0, causal, debugMask, LibtorchOperator.Argument.Optional(scale));
        return results[0].view(q.shape);
    }

    // The same computed from all scores, for the CPU that emulates a device.
    private static Tensor RunMathAttention(Tensor q, Tensor k, Tensor v, Tensor? offsets, double scale)
    {
        long batch = q.size(0), time = q.size(1), group = q.size(2) / k.size(2);
        static Tensor HeadsFirst(Tensor x) => x.transpose(1, 2).to(float32);
        var (keys, values) = (HeadsFirst(k).repeat_interleave(group, 1), HeadsFirst(v).repeat_interleave(group, 1));
        var scores = HeadsFirst(q).CheckedMatmul(keys.transpose(2, 3)) * scale;
        var j = arange(time, dtype: int64);
        var hidden = j.gt(j.unsqueeze(1));
        if (offsets is not null)
        {
            var segment = bucketize(arange(batch * time, dtype: int64), offsets.to(int64), right: true).view(batch, time);
            hidden = hidden.logical_or(segment.unsqueeze(1).ne(segment.unsqueeze(2)).unsqueeze(1));
        }
        return scores.masked_fill(hidden, float.NegativeInfinity).softmax(-1).CheckedMatmul(values).transpose(1, 2).to(q.dtype);
    }

    private static void CheckInputs(Tensor q, Tensor k, Tensor v, Tensor slopes, Tensor? segmentStarts)
    {
        const string operation = "attention";
        OperatorInput.Check(operation, q.device, ("q", q, float32), ("k", k, float32), ("v", v, float32));
        OperatorInput.CheckShape(operation, "q", q, -1, -1, -1, -1);
        OperatorInput.CheckShape(operation, "k", k, q.size(0), q.size(1), -1, q.size(3));
        OperatorInput.CheckShape(operation, "v", v, k.shape);
        OperatorInput.CheckShape(operation, "slopes", slopes, q.size(2));
        if (q.size(2) % k.size(2) != 0)
            throw new ArgumentException($"{operation}: {q.size(2)} query heads cannot share {k.size(2)} key heads evenly.");
        if (q.size(1) > MaxSequenceLength)
            throw new ArgumentException(
                $"{operation}: rows of up to {MaxSequenceLength} positions are supported, but a row has "
                    + $"{q.size(1)}. Use shorter rows.");
        if (segmentStarts is null) return;
        OperatorInput.Check(operation, q.device, ("segmentStarts", segmentStarts, int64));
        OperatorInput.CheckShape(operation, "segmentStarts", segmentStarts, q.size(0), q.size(1));
    }
}
