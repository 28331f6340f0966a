namespace TurkishLlm.Spec.Oracles;

/// <summary>A result and how far it may be off, element by element.</summary>
/// <param name="Value">The value of each element.</param>
/// <param name="Allowed">The largest error of each element.</param>
public sealed record BoundedResult(double[] Value, double[] Allowed)
{
    internal BoundedResult Copy() => new([.. Value], [.. Allowed]);

    internal static BoundedResult Zeros(int length) => new(new double[length], new double[length]);

    internal BoundedRow Slice(int start, int length) => new(Value.AsSpan(start, length), Allowed.AsSpan(start, length));
}

/// <summary>A part of a <see cref="BoundedResult"/>.</summary>
internal readonly ref struct BoundedRow(Span<double> value, Span<double> allowed)
{
    private readonly Span<double> _value = value, _allowed = allowed;

    /// <summary>Adds a vector times a factor that may be off by an error.</summary>
    public void AddScaled(ReadOnlySpan<double> vector, double factor, double error)
    {
        Span<double> sums = _value[..vector.Length], bounds = _allowed[..vector.Length];
        for (var e = 0; e < vector.Length; e++)
        {
            sums[e] += factor * vector[e];
            bounds[e] += error * Math.Abs(vector[e]);
        }
    }
}

/// <summary>
/// Causal ALiBi attention of one row in float64 in which all heads read the same queries, keys and values, with a bound for every
/// element that counts the terms of its sum: a key far away may have a tiny weight and still decide a sum if its value is large.
/// </summary>
/// <remarks>Formulas as in <see cref="AttentionOracle"/>; bounds: TOL-REACH.</remarks>
public sealed class FarKeyOracle
{
    // Weights below e^−86 of the largest may be flushed to zero in float32, the smallest normal number of which is e^−87.3.
    private const double Smallest = -86;

    private readonly double[] _q, _k, _v, _slopes;
    private readonly int _time, _size;
    private readonly double _relative;

    /// <param name="q">Queries, <c>[t, d]</c>.</param>
    /// <param name="k">Keys, <c>[t, d]</c>.</param>
    /// <param name="v">Values, <c>[t, d]</c>.</param>
    /// <param name="heads">Number of query heads.</param>
    /// <param name="size">d.</param>
    /// <param name="relative">Relative error of every term.</param>
    public FarKeyOracle(double[] q, double[] k, double[] v, int heads, int size, double relative)
    {
        (_q, _k, _v, _slopes) = (q, k, v, AlibiOracle.Slopes(heads));
        (_time, _size, _relative) = (q.Length / size, size, relative);
    }

    /// <summary>Computes the outputs, and the gradients by queries, keys and values, summed over heads.</summary>
    /// <param name="gradient">Gradient by the output, <c>[t, heads, d]</c>.</param>
    /// <returns><c>[t, heads, d]</c> and three times <c>[t, d]</c>.</returns>
    public (BoundedResult Output, BoundedResult Q, BoundedResult K, BoundedResult V) Run(double[] gradient)
    {
        using var key = new OracleInputs().Add($"{_size} {_relative:R}").Add<double>(_slopes).Add<double>(_q).Add<double>(_k)
            .Add<double>(_v).Add<double>(gradient);
        var results = OracleCache.GetOrCompute<BoundedResult[]>(
            key, 2 * sizeof(double) * (gradient.Length + 3L * _q.Length), () => Compute(gradient));
        return (results[0].Copy(), results[1].Copy(), results[2].Copy(), results[3].Copy());
    }

    private BoundedResult[] Compute(double[] gradient)
    {
        var output = BoundedResult.Zeros(gradient.Length);
        var (dq, dk, dv) = (
            BoundedResult.Zeros(_q.Length), BoundedResult.Zeros(_q.Length), BoundedResult.Zeros(_q.Length));
        var scores = Scores();
        double[] p = new double[_time], error = new double[_time], dp = new double[_time], size = new double[_time];
        for (var i = 0; i < _time; i++)
            for (var h = 0; h < _slopes.Length; h++)
            {
                Weigh(scores, i, _slopes[h], p, error);
                var outputs = gradient.AsSpan((i * _slopes.Length + h) * _size, _size);
                var row = output.Slice((i * _slopes.Length + h) * _size, _size);
                var (mean, meanError, total) = (0.0, 0.0, 0.0);
                for (var j = 0; j <= i; j++)
                {
                    (dp[j], size[j]) = Mix(outputs, Row(_v, j), p[j], error[j], row, dv.Slice(j * _size, _size));
                    mean += p[j] * dp[j];
                    meanError += error[j] * size[j];
                    total += p[j] * size[j];
                }
                var query = dq.Slice(i * _size, _size);
                for (var j = 0; j <= i; j++)
                {
                    var ds = p[j] * (dp[j] - mean) / Math.Sqrt(_size);
                    var off = (error[j] * (size[j] + total) + p[j] * meanError) / Math.Sqrt(_size);
                    query.AddScaled(Row(_k, j), ds, off);
                    dk.Slice(j * _size, _size).AddScaled(Row(_q, i), ds, off);
                }
            }
        return [output, dq, dk, dv];
    }

    private ReadOnlySpan<double> Row(double[] values, int position) => values.AsSpan(position * _size, _size);

    // Adds a key's part to an output and to the gradient of its value; returns the gradient of its weight, and the sum of the
    // magnitudes of the terms.
    private static (double Gradient, double Magnitude) Mix(
        ReadOnlySpan<double> gradient, ReadOnlySpan<double> value, double weight, double error, BoundedRow output, BoundedRow dv)
    {
        output.AddScaled(value, weight, error);
        dv.AddScaled(gradient, weight, error);
        var (dot, magnitude) = (0.0, 0.0);
        for (var e = 0; e < value.Length; e++)
        {
            dot += gradient[e] * value[e];
            magnitude += Math.Abs(gradient[e] * value[e]);
        }
        return (dot, magnitude);
    }

    private double[] Scores()
    {
        var scores = new double[_time * _time];
        for (var i = 0; i < _time; i++)
            for (var j = 0; j <= i; j++)
            {
                var dot = 0.0;
                for (var e = 0; e < _size; e++) dot += _q[i * _size + e] * _k[j * _size + e];
                scores[i * _time + j] = dot / Math.Sqrt(_size);
            }
        return scores;
    }

    // Computes the weights of a query and their largest errors.
    private void Weigh(double[] scores, int query, double slope, double[] p, double[] error)
    {
        var largest = double.NegativeInfinity;
        for (var j = 0; j <= query; j++)
        {
            p[j] = scores[query * _time + j] - slope * (query - j);
            largest = Math.Max(largest, p[j]);
        }
        var sum = 0.0;
        for (var j = 0; j <= query; j++)
        {
            error[j] = p[j] - largest < Smallest ? 1 : _relative;
            sum += p[j] = Math.Exp(p[j] - largest);
        }
        for (var j = 0; j <= query; j++)
        {
            p[j] /= sum;
            error[j] *= p[j];
        }
    }
}
