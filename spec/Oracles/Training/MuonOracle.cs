namespace TurkishLlm.Spec.Oracles.Training;

/// <summary>Muon for one matrix in float64.</summary>
/// <remarks>
/// Step with gradient G: M ← μM + G; U = G + μM; w ← w(1 − ηλ); w ← w − η·0.2·√max(rows, columns)·NS(U). NS begins with
/// X = U ÷ (‖U‖ + 10⁻⁷), and five times X ← aX + bX(XᵀX) + cX(XᵀX)², which is the same from either side, with a = 3.4445,
/// b = −4.7750, c = 2.0315. Source: Jordan et al. 2024, "Muon: an optimizer for hidden layers in neural networks"; Liu et al.
/// 2025, arXiv:2502.16982, equation 4.
/// </remarks>
public sealed class MuonOracle
{
    private const double A = 3.4445, B = -4.7750, C = 2.0315;
    private readonly double[] _weight, _momentum;
    private readonly int _rows;
    private readonly double _decayOfMomentum, _decay;

    /// <param name="weight">The matrix, row by row; changed in place by <see cref="Step"/>.</param>
    /// <param name="rows">Number of its rows.</param>
    /// <param name="momentum">M; not changed.</param>
    /// <param name="decayOfMomentum">μ.</param>
    /// <param name="decay">λ.</param>
    public MuonOracle(double[] weight, int rows, double[] momentum, double decayOfMomentum, double decay) =>
        (_weight, _rows, _momentum, _decayOfMomentum, _decay) = (weight, rows, [.. momentum], decayOfMomentum, decay);

    /// <summary>M.</summary>
    public IReadOnlyList<double> Momentum => _momentum;

    /// <summary>One update of the matrix in place.</summary>
    /// <param name="gradient">G, already clipped.</param>
    /// <param name="rate">η of this step.</param>
    public void Step(double[] gradient, double rate)
    {
        for (var i = 0; i < gradient.Length; i++) _momentum[i] = _decayOfMomentum * _momentum[i] + gradient[i];
        Update([.. gradient.Zip(_momentum, (g, m) => g + _decayOfMomentum * m)], rate);
    }

    /// <summary>Updates the matrix by U, without a change of M.</summary>
    public void Update(double[] direction, double rate)
    {
        var scale = 0.2 * Math.Sqrt(Math.Max(_rows, _weight.Length / _rows));
        var update = Orthogonalize(direction, _rows);
        for (var i = 0; i < _weight.Length; i++) _weight[i] = _weight[i] * (1 - rate * _decay) - rate * scale * update[i];
    }

    /// <summary>NS(U).</summary>
    /// <param name="matrix">U, row by row.</param>
    /// <param name="rows">Number of its rows.</param>
    /// <param name="iterations">Number of applications of the polynomial.</param>
    public static double[] Orthogonalize(double[] matrix, int rows, int iterations = 5)
    {
        var norm = Math.Sqrt(matrix.Sum(value => value * value)) + 1e-7;
        double[] x = [.. matrix.Select(value => value / norm)];
        for (var i = 0; i < iterations; i++)
        {
            var once = TimesGram(x, x, rows);
            var twice = TimesGram(once, x, rows);
            for (var k = 0; k < x.Length; k++) x[k] = A * x[k] + B * once[k] + C * twice[k];
        }
        return x;
    }

    // Y·(XᵀX), as (Y·Xᵀ)·X where rows are few and else from the right.
    private static double[] TimesGram(double[] y, double[] x, int rows)
    {
        var columns = x.Length / rows;
        var result = new double[y.Length];
        if (rows <= columns)
        {
            for (var i = 0; i < rows; i++)
                for (var j = 0; j < rows; j++)
                {
                    var sum = 0.0;
                    for (var k = 0; k < columns; k++) sum += y[i * columns + k] * x[j * columns + k];
                    for (var k = 0; k < columns; k++) result[i * columns + k] += sum * x[j * columns + k];
                }
            return result;
        }
        var gram = new double[columns * columns];
        for (var i = 0; i < rows; i++)
            for (var j = 0; j < columns; j++)
                for (var k = 0; k < columns; k++) gram[j * columns + k] += x[i * columns + j] * x[i * columns + k];
        for (var i = 0; i < rows; i++)
            for (var j = 0; j < columns; j++)
                for (var k = 0; k < columns; k++) result[i * columns + k] += y[i * columns + j] * gram[j * columns + k];
        return result;
    }
}
