using TorchSharp;
using TurkishLlm.Kernels;
using TurkishLlm.Model.Layers;
using static TorchSharp.torch;

namespace TurkishLlm.Training.Optimization;

/// <summary>
/// Replaces the singular values of a matrix by values near one, without computing them: five steps of a polynomial.
/// </summary>
/// <remarks>
/// X ← aX + b(XXᵀ)X + c(XXᵀ)²X, from X = M ÷ (‖M‖ + 10⁻⁷), on the shorter side. The polynomial maps singular values of 0.01 to 1
/// into 0.68 … 1.13; it does not converge to one, which costs nothing and needs fewer steps. Source: Jordan et al. 2024, "Muon:
/// an optimizer for hidden layers in neural networks". Products are float32. Spec: OPT-24.
/// </remarks>
public static class NewtonSchulz
{
    private const int Iterations = 5;
    private const double A = 3.4445, B = -4.7750, C = 2.0315, Epsilon = 1e-7;

    /// <summary>Orthogonalizes a matrix.</summary>
    /// <param name="matrix"><c>[rows, columns]</c>, float32.</param>
    /// <param name="fused">The kernels that may be used.</param>
    /// <returns>A matrix of the same shape and singular vectors.</returns>
    public static Tensor Orthogonalize(Tensor matrix, FusedKernels fused = FusedKernels.All)
    {
        ArgumentNullException.ThrowIfNull(matrix);
        using var scope = NewDisposeScope();
        using var grad = no_grad();
        var isTall = matrix.size(0) > matrix.size(1);
        var x = (isTall ? matrix.t() : matrix).contiguous();
        x = x / (x.norm() + Epsilon);
        for (var i = 0; i < Iterations; i++)
        {
            var square = MatrixProduct.Linear(x, x, ComputeType.Float32, fused);                    // x·xᵀ, symmetric
            var factor = square.mul(B).add_(MatrixProduct.Linear(square, square, ComputeType.Float32, fused), C);
            x = x.mul(A).add_(MatrixProduct.Linear(factor, x.t().contiguous(), ComputeType.Float32, fused));
        }
        return (isTall ? x.t().contiguous() : x).MoveToOuterDisposeScope();
    }
}
