using TurkishLlm.Kernels.Autograd;
using static TorchSharp.torch;

namespace TurkishLlm.Kernels.Cuda;

/// <summary>Computes (SiLU(gate) ⊙ up)·Wᵀ. The gated rows are not kept: the backward pass recomputes them.</summary>
internal static class CudaSwiGlu
{
    private const int Threads = 256;

    public static Tensor Apply(Tensor gateInput, Tensor upInput, Tensor weight, bool inBFloat16)
    {
        OperatorInput.Check(
            "SwiGLU", gateInput.device, ("gate", gateInput, float32), ("up", upInput, float32), ("weight", weight, float32));
        OperatorInput.CheckShape("SwiGLU", "up", upInput, gateInput.shape);
        OperatorInput.CheckShape("SwiGLU", "weight", weight, -1, gateInput.size(-1));
        using var scope = NewDisposeScope();
        Tensor keptGate, keptUp, w, y;
        using (no_grad())
        {
            var (gate, up) = (Rows(gateInput), Rows(upInput));
            w = weight.to(CudaMatmul.GetOperandType(inBFloat16));
            keptGate = empty(gate.shape, dtype: w.dtype, device: gate.device);
            (keptUp, var gated) = (empty_like(keptGate), empty_like(keptGate));
            CudaKernel.Launch(
                KernelSource.SwiGluForward(inBFloat16), gate, gate.size(0), Threads,
                gate, gate.stride(0), up, up.stride(0), gated, keptGate, keptUp, gate.size(1));
            y = CudaMatmul.Multiply(gated, w.t());
            // Detached from the view: autograd requires a tensor that shares no memory.
            y = y.view([.. gateInput.shape[..^1], weight.size(0)]).detach();
        }
        if (AutogradFunction.IsGradientRequired(gateInput, upInput, weight))
        {
            var needsWeight = weight.requires_grad;
            y = AutogradFunction.Record(
                [gateInput, upInput, weight], [y], [keptGate, keptUp, w.detach()],
                (saved, gradients) => Backward(saved, gradients[0]!, needsWeight))[0];
        }
        return y.MoveToOuterDisposeScope();
    }

    private static Tensor?[] Backward(Tensor[] saved, Tensor gradient, bool needsWeight)
    {
        var (gate, up, w) = (saved[0], saved[1], saved[2]);
        var shape = gradient.shape;
        shape[^1] = w.size(1);
        var dy = gradient.reshape(-1, w.size(0)).to(w.dtype);
        var dgated = CudaMatmul.Multiply(dy, w);
        var (dgate, dup, gated) = (empty_like(dgated), empty_like(dgated), empty_like(gate));
        CudaKernel.Launch(
            KernelSource.SwiGluBackward(w.dtype == bfloat16), gate, (gate.numel() + Threads - 1) / Threads, Threads,
            gate, up, dgated, gated, dgate, dup, gate.numel());
        return [dgate.view(shape), dup.view(shape), needsWeight ? CudaMatmul.Multiply(dy.t(), gated) : null];
    }

    // Rows in the layout of the kernel: contiguous numbers within a row, any distance between rows.
    private static Tensor Rows(Tensor values)
    {
        var rows = values.reshape(-1, values.size(-1));
        return rows.stride(1) == 1 ? rows : rows.contiguous();
    }
}
