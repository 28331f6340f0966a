using TurkishLlm.Kernels.Autograd;
using static TorchSharp.torch;

namespace TurkishLlm.Kernels.Cuda;

/// <summary>
/// Computes x·Wᵀ for several weights at once. The weights are concatenated, so that x is read once, and so are the gradients in
/// the backward pass.
/// </summary>
internal static class CudaLinear
{
    public static Tensor[] Apply(Tensor input, Tensor[] weights, bool inBFloat16)
    {
        OperatorInput.Check("linear", input.device, ("x", input, float32));
        foreach (var weight in weights)
        {
            OperatorInput.Check("linear", input.device, ("weight", weight, float32));
            OperatorInput.CheckShape("linear", "weight", weight, -1, input.size(-1));
        }
        using var scope = NewDisposeScope();
        var type = CudaMatmul.GetOperandType(inBFloat16);
        var outputs = Array.ConvertAll(weights, weight => weight.size(0));
        Tensor x, w;
        Tensor[] results;
        using (no_grad())
        {
            x = input.reshape(-1, input.size(-1)).to(type);
            var operands = Array.ConvertAll(weights, weight => weight.to(type));
            w = operands.Length == 1 ? operands[0] : cat(operands);
            // Detached from the view: autograd requires tensors that share no memory.
            var rows = input.shape[..^1];
            results = Array.ConvertAll(CudaMatmul.Multiply(x, w.t()).split(outputs, 1), y =>
                y.view([.. rows, y.size(1)]).detach());
        }
        Tensor[] inputs = [input, .. weights];
        if (AutogradFunction.IsGradientRequired(inputs))
        {
            var (shape, needsX, needsW) = (input.shape, input.requires_grad, weights.Any(weight => weight.requires_grad));
            results = AutogradFunction.Record(
                inputs, results, [x.detach(), w.detach()],
                (saved, gradients) => Backward(saved[0], saved[1], gradients, outputs, needsX ? shape : null, needsW));
        }
        foreach (var result in results) result.MoveToOuterDisposeScope();
        return results;
    }

    private static Tensor?[] Backward(Tensor x, Tensor w, Tensor?[] gradients, long[] outputs, long[]? shapeOfX, bool needsW)
    {
        var dy = empty(x.size(0), w.size(0), dtype: x.dtype, device: x.device);
        var parts = dy.split(outputs, 1);
        for (var i = 0; i < parts.Length; i++)
        {
            if (gradients[i] is { } gradient) parts[i].copy_(gradient.reshape(-1, outputs[i]));
            else parts[i].zero_();
        }
        var results = new Tensor?[outputs.Length + 1];
        if (shapeOfX is not null) results[0] = CudaMatmul.Multiply(dy, w).view(shapeOfX);
        if (needsW) CudaMatmul.Multiply(dy.t(), x).split(outputs, 0).CopyTo(results, 1);
        return results;
    }
}
