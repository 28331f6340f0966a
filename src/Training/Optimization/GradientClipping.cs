using TorchSharp;
using TurkishLlm.Model.Parameters;
using static TorchSharp.torch;

namespace TurkishLlm.Training.Optimization;

/// <summary>
/// Limits the length of a step without changing its direction, so that one bad batch cannot move the weights far.
/// </summary>
/// <remarks>
/// Source: Pascanu et al. 2013, "On the difficulty of training recurrent neural networks", section 3.2. Spec: ACC-08.
/// </remarks>
public static class GradientClipping
{
    /// <summary>Scales all gradients by one factor so that their global norm is at most the limit.</summary>
    /// <param name="parameters">Weights with the gradients of the whole step.</param>
    /// <param name="maxNorm">Largest norm that is not clipped.</param>
    /// <returns>The norm before clipping. If it is not finite, no gradient was changed.</returns>
    /// <exception cref="InvalidOperationException">No weight has a gradient.</exception>
    public static double ClipByGlobalNorm(ParameterTable parameters, double maxNorm)
    {
        using var scope = NewDisposeScope();
        using var grad = no_grad();
        var norm = ComputeGlobalNorm(parameters) ?? throw new InvalidOperationException(
            "No weight has a gradient, so there is nothing to clip. Run a backward pass first.");
        if (double.IsFinite(norm) && norm > maxNorm)
            foreach (var gradient in parameters.Tensors.Select(p => p.grad).OfType<Tensor>())
                gradient.mul_(maxNorm / (norm + 1e-6));
        return norm;
    }

    /// <summary>Computes the global norm of all gradients; null if no weight has one.</summary>
    /// <param name="parameters">Weights with gradients.</param>
    public static double? ComputeGlobalNorm(ParameterTable parameters)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        using var scope = NewDisposeScope();
        using var grad = no_grad();
        var gradients = parameters.Tensors.Select(p => p.grad).OfType<Tensor>().ToList();
        return gradients.Count == 0 ? null : stack(gradients.Select(g => g.norm())).norm().ToDouble();
    }
}
