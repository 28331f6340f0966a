using TurkishLlm.Model.Parameters;
using TurkishLlm.Training.Optimization;
using static TorchSharp.torch;

namespace TurkishLlm.Training.Distributed;

/// <summary>Sums the gradients of all processes, so that each process holds the gradient of the whole step.</summary>
/// <remarks>
/// Spec: RNK-02. Large gradients are summed in place, small ones are copied into one tensor: few operations, little memory.
/// </remarks>
public static class GradientAllReduce
{
    /// <summary>Number of elements above which a gradient is summed by itself: 16 MB.</summary>
    private const long Large = 4 << 20;

    /// <summary>Computes the gradient of the whole step on the weights of every process.</summary>
    /// <param name="group">The processes.</param>
    /// <param name="parameters">The weights.</param>
    /// <param name="lossTerms">Loss terms in the micro-batches of this process.</param>
    /// <param name="computeLocal">
    /// Computes the gradient of the local micro-batches and returns their contribution to the loss. It may fail and retry; the
    /// other processes wait.
    /// </param>
    /// <returns>Mean loss per loss term of the step, in nats; the same in every process.</returns>
    public static double ComputeGradient(
        IProcessGroup group, ParameterTable parameters, long lossTerms, Func<LossTermCount, double> computeLocal)
    {
        var loss = computeLocal(new LossTermCount(lossTerms, group.AllReduceSum(lossTerms)));
        AllReduce(group, parameters);
        return group.AllReduceSum(loss);
    }

    /// <summary>Replaces every gradient by its sum over all processes.</summary>
    /// <param name="group">The processes.</param>
    /// <param name="parameters">
    /// The weights. A trainable weight without a local gradient counts as zero: another process may have one.
    /// </param>
    public static void AllReduce(IProcessGroup group, ParameterTable parameters)
    {
        if (group.Context.WorldSize == 1) return;
        using var scope = NewDisposeScope();
        using var grad = no_grad();
        var (small, elements) = (new List<Tensor>(), 0L);
        foreach (var weight in parameters.Tensors)
        {
            if (!weight.requires_grad) continue;
            if (weight.grad is not { } gradient) weight.grad = gradient = zeros_like(weight);
            if (gradient.numel() >= Large && gradient.is_contiguous())
            {
                group.AllReduceSum(gradient);
                continue;
            }
            small.Add(gradient);
            if ((elements += gradient.numel()) >= Large) Flush();
        }
        Flush();

        void Flush()
        {
            if (small.Count == 0) return;
            using var flat = cat([.. small.Select(gradient => gradient.reshape(-1))]);
            group.AllReduceSum(flat);
            var first = 0L;
            foreach (var gradient in small)
            {
                gradient.copy_(flat.narrow(0, first, gradient.numel()).view(gradient.shape));
                first += gradient.numel();
            }
            small.Clear();
            elements = 0;
        }
    }
}
