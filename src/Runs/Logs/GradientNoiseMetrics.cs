namespace TurkishLlm.Runs.Logs;

/// <summary>What the gradients of the micro-batches of a step say about the noise of a gradient. Both are unbiased.</summary>
/// <param name="SquaredGradient">Squared L2 norm of the gradient without noise; negative where noise decides.</param>
/// <param name="Variance">
/// Variance of the gradient of a single loss term, summed over all weights. Divided by <paramref name="SquaredGradient"/>, both
/// averaged over many steps, it is the gradient noise scale: the number of loss terms of a step at which noise and gradient are
/// equal.
/// </param>
/// <remarks>Source: McCandlish et al. 2018, arXiv:1812.06162, appendix A.1. Spec: OPT-28.</remarks>
public sealed record GradientNoiseMetrics(double SquaredGradient, double Variance);
