using TurkishLlm.Model.Parameters;
using TurkishLlm.Training.Optimization;
using static TorchSharp.torch;

namespace TurkishLlm.Training.Distributed;

/// <summary>Adds up the gradients of all processes, so that each has that of the whole step.</summary>
/// <remarks>Spec: RNK-02. Large gradients are summed where they are, small ones side by side in one tensor: a few operations, and little memory.</remarks>
public static class GradientAllReduce
{
    /// <summary>Elements from which a sum is worth an operation of its own: 16 MB.</summary>
    private const long Large = 4 << 20;

    /// <summary>Leaves the gradient of the whole step on the weights of every process.</summary>
    /// <param name="group">The processes.</param>
    /// <param name="parameters">The weights.</param>
    /// <param name="lossTerms">Targets that count in the micro-batches of this process.</param>
    /// <param name="computeLocal">Leaves the gradient of its micro-batches on the weights and returns what they add to the loss. It may fail and begin anew: the others wait.</param>
    /// <returns>Mean loss per counted target of the step, in nats; the same in every process.</returns>
    public static double ComputeGradient(IProcessGroup group, ParameterTable parameters, long lossTerms, Func<LossTermCount, double> computeLocal)
    {
        var loss = computeLocal(new LossTermCount(lossTerms, group.AllReduceSum(lossTerms)));
        AllReduce(group, parameters);
        return group.AllReduceSum(loss);
    }

    /// <summary>Replaces every gradient by its sum over all processes.</summary>
    /// <param name="group">The processes.</param>
    /// <param name="parameters">The weights. One that learns but has no gradient here counts as zero: another process may have one.</param>
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
