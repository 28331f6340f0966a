namespace TurkishLlm.Specification.LanguageModels.Oracles;

/// <summary>Clipping by the global norm: one factor for all gradients, so the direction is kept.</summary>
/// <remarks>
/// ‖g‖ = √(Σ over all elements of all gradients of g²). Factor = min(1, limit/(‖g‖ + 10⁻⁶)), as in PyTorch's
/// <c>clip_grad_norm_</c>. Source: Pascanu et al. 2013, arXiv:1211.5063, algorithm 1; reference report section 10.
/// </remarks>
public static class GradientClipOracle
{
    /// <summary>The Euclidean norm over all gradients together.</summary>
    public static double Norm(IEnumerable<double[]> gradients)
    {
        var squares = 0.0;
        foreach (var gradient in gradients)
            foreach (var g in gradient) squares += g * g;
        return Math.Sqrt(squares);
    }

    /// <summary>Scales the gradients in place when their norm exceeds the limit.</summary>
    /// <param name="gradients">All gradients of the model.</param>
    /// <param name="limit">The largest norm that is left alone.</param>
    /// <returns>The norm before clipping.</returns>
    public static double Clip(IReadOnlyCollection<double[]> gradients, double limit)
    {
        var norm = Norm(gradients);
        var factor = Math.Min(1, limit / (norm + 1e-6));
        foreach (var gradient in gradients)
            for (var i = 0; i < gradient.Length; i++) gradient[i] *= factor;
        return norm;
    }
}
