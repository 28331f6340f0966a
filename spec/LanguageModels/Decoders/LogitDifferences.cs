using static TorchSharp.torch;

namespace TurkishLlm.Specification.LanguageModels.Decoders;

/// <summary>
/// Differences of logits that should be equal, by position, each relative to the largest logit of its comparison.
/// </summary>
internal sealed class LogitDifferences(DecoderProbe probe)
{
    private readonly List<double> _positions = [];

    /// <summary>The differences by position.</summary>
    public IReadOnlyList<double> Positions => _positions;

    /// <summary>Adds a comparison of logits <c>[b, t, V]</c>.</summary>
    public void Add(Tensor actual, Tensor expected)
    {
        var scale = expected.abs().max().Doubles()[0];
        if (!(scale > 0)) scale = 1;
        foreach (var value in (actual - expected).abs().amax([-1]).Doubles())
            _positions.Add(double.IsNaN(value) ? double.PositiveInfinity : value / scale);
    }

    /// <summary>
    /// Judges by TOL-DECODER; in bfloat16 a quarter of the positions is excepted, where experts may be exchanged.
    /// </summary>
    public Verdict Judge(string what) => Judge(what, probe.Type);

    /// <inheritdoc cref="Judge(string)"/>
    public Verdict Judge(string what, ScalarType type) =>
        Verdict.AtMost(probe.AllowedIn(type), Quantile(type), what) with { Pattern = [.. _positions] };

    /// <summary>Demands equal bits on the CPU, and TOL-DECODER elsewhere.</summary>
    public Verdict JudgeExact(string what) => probe.IsExact
        ? Verdict.AtMost(0.0, Quantile(ScalarType.Float32), what) with { Pattern = [.. _positions] }
        : Judge(what);

    /// <summary>Demands a difference.</summary>
    public static Verdict Differs(double difference, string what) =>
        new(difference > 0, FormattableString.Invariant($"{what} = {difference:G4}, required more than 0"))
        {
            Measured = new(what, difference),
        };

    private double Quantile(ScalarType type)
    {
        if (_positions.Count == 0) throw new InvalidOperationException("No position was compared.");
        if (type != ScalarType.BFloat16) return _positions.Max();
        return _positions.Order().ElementAt((int)Math.Ceiling(0.75 * _positions.Count) - 1);
    }
}
