using TorchSharp;
using TurkishLlm.Kernels.Autograd;
using TurkishLlm.Kernels.Native;
using static TorchSharp.torch;

namespace TurkishLlm.Kernels.Cpu;

/// <summary>
/// Computes Σ scale · cross-entropy of a linear head without materializing all logits. The gradients are computed in the forward
/// pass, while the exponentials exist; the backward pass only scales them.
/// </summary>
internal static unsafe class CpuLinearCrossEntropy
{
    public static Tensor Apply(Tensor hidden, Tensor weight, Tensor targets, long ignoreIndex, double scale, bool inBFloat16)
    {
        using var scope = NewDisposeScope();
        Tensor[] inputs = [hidden, weight];
        var needsGradient = AutogradFunction.IsGradientRequired(inputs);
        var (needsHidden, needsWeight) = (needsGradient && hidden.requires_grad, needsGradient && weight.requires_grad);
        using var grad = no_grad();
        ValidateTargets(targets, ignoreIndex, weight.shape[0]);

        // Ignored rows are not computed.
        var counted = targets.ne(ignoreIndex);
        var index = counted.all().ToBoolean() ? null : counted.nonzero().squeeze(1);
        Tensor x = (index is null ? hidden : hidden.index_select(0, index)).contiguous(), w = weight.contiguous();
        var chosen = (index is null ? targets : targets.index_select(0, index)).contiguous();
        var dhidden = needsHidden ? OutputTensor.EmptyLike(x) : null;
        var dweight = needsWeight ? (chosen.numel() == 0 ? zeros_like(w) : OutputTensor.EmptyLike(w)) : null;
        var losses = OutputTensor.Empty([chosen.numel()]);
        if (inBFloat16)
            new TiledLinearCrossEntropy<ushort, BFloat16Gemm>(x, w, chosen, (float)scale, losses, dhidden, dweight).Run();
        else new TiledLinearCrossEntropy<float, Float32Gemm>(x, w, chosen, (float)scale, losses, dhidden, dweight).Run();

        if (index is not null && dhidden is not null) dhidden = zeros_like(hidden).index_copy_(0, index, dhidden);
        var loss = losses.sum(float64).mul_(scale).to(float32);
        if (!needsGradient) return loss.MoveToOuterDisposeScope();
        Tensor[] saved = [.. new[] { dhidden, dweight }.OfType<Tensor>()];
        return AutogradFunction.Record(inputs, [loss], saved, (kept, gradients) =>
        {
            var factor = gradients[0]!;
            var scaled = factor.item<float>() == 1 ? kept : Array.ConvertAll(kept, gradient => gradient * factor);
            return [needsHidden ? scaled[0] : null, needsWeight ? scaled[^1] : null];
        })[0].MoveToOuterDisposeScope();
    }

    private static void ValidateTargets(Tensor targets, long ignoreIndex, long vocabulary)
    {
        var wrong = targets.ne(ignoreIndex).logical_and(targets.lt(0).logical_or(targets.ge(vocabulary)));
        if (!wrong.any().ToBoolean()) return;
        var first = targets.masked_select(wrong)[0].item<long>();
        throw new ArgumentException(
            $"A target is {first}, outside the vocabulary of {vocabulary} tokens. "
            + $"Targets are 0 … {vocabulary - 1}, or {ignoreIndex} to be ignored.",
            nameof(targets));
    }
}
