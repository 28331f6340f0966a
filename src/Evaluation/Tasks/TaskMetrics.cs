namespace TurkishLlm.Evaluation.Tasks;

/// <summary>The value of a metric over rows.</summary>
/// <param name="Value">The weighted mean.</param>
/// <param name="Weight">Number of rows, or of tokens for metrics per token.</param>
public readonly record struct MetricValue(double Value, double Weight);

/// <summary>The results of a task: its metrics over all rows, and over the rows of each slice.</summary>
/// <param name="Rows">Number of rows that were asked.</param>
/// <param name="Skipped">Number of rows that are too long for the model.</param>
/// <param name="Metrics">Values by the name of the metric.</param>
/// <param name="Slices">Values by field, value of the field, and name of the metric; null if the task has no slices.</param>
/// <remarks>Every row is in one slice of each field, so sums over the slices are the sums over all rows. Spec: EVL-36.</remarks>
public sealed record TaskMetrics(
    int Rows, int Skipped, IReadOnlyDictionary<string, MetricValue> Metrics,
    IReadOnlyDictionary<string, IReadOnlyDictionary<string, IReadOnlyDictionary<string, MetricValue>>>? Slices = null)
{
    /// <summary>The slice of rows that lack its field.</summary>
    public const string NoValue = "(none)";

    /// <summary>Returns the metrics over all rows, then those of each slice, such as <c>domain=stok</c>.</summary>
    public IEnumerable<(string? Slice, IReadOnlyDictionary<string, MetricValue> Metrics)> GetParts()
    {
        yield return (null, Metrics);
        foreach (var (field, slices) in Slices ?? new Dictionary<string, IReadOnlyDictionary<
            string, IReadOnlyDictionary<string, MetricValue>>>())
            foreach (var (value, metrics) in slices) yield return ($"{field}={value}", metrics);
    }

    /// <summary>Summarizes the answers to a task.</summary>
    /// <param name="evaluation">The answers.</param>
    /// <param name="slices">Fields to slice by.</param>
    public static TaskMetrics Summarize(GoldEvaluation evaluation, IReadOnlyList<string> slices)
    {
        ArgumentNullException.ThrowIfNull(evaluation);
        ArgumentNullException.ThrowIfNull(slices);
        RowResult[] asked = [.. evaluation.Results.OfType<RowResult>()];
        var parts = slices.Distinct(StringComparer.Ordinal).ToDictionary(
            field => field,
            field => (IReadOnlyDictionary<string, IReadOnlyDictionary<string, MetricValue>>)asked
                .GroupBy(result => result.Row.Fields.GetValueOrDefault(field, NoValue), StringComparer.Ordinal)
                .OrderBy(slice => slice.Key, StringComparer.Ordinal)
                .ToDictionary(slice => slice.Key, Average, StringComparer.Ordinal),
            StringComparer.Ordinal);
        return new(asked.Length, evaluation.Results.Count - asked.Length, Average(asked), parts.Count == 0 ? null : parts);
    }

    private static IReadOnlyDictionary<string, MetricValue> Average(IEnumerable<RowResult> results) => results
        .SelectMany(result => result.Values)
        .GroupBy(value => value.Key.Name, value => value.Value, StringComparer.Ordinal)
        .ToDictionary(
            values => values.Key,
            values => new MetricValue(RowValue.Mean(values), values.Sum(value => value.Weight)),
            StringComparer.Ordinal);
}
