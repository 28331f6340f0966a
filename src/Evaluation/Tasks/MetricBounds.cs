namespace TurkishLlm.Evaluation.Tasks;

/// <summary>Bounds of metrics, in the order of the plan.</summary>
/// <param name="Values">Name of the metric and its bound.</param>
public sealed record MetricBounds(params IReadOnlyList<(string Metric, double Value)> Values)
{
    /// <inheritdoc/>
    public bool Equals(MetricBounds? other) => other is not null && Values.SequenceEqual(other.Values);

    /// <inheritdoc/>
    public override int GetHashCode() => Values.Count;
}
