namespace TurkishLlm.Evaluation.Tasks;

/// <summary>Contribution of a row to a metric: the metric is the sum of the values divided by the sum of the weights.</summary>
/// <param name="Sum">Value × weight.</param>
/// <param name="Weight">1, or the number of tokens for metrics per token.</param>
public readonly record struct RowValue(double Sum, double Weight = 1)
{
    /// <summary>Returns 1 for true, 0 for false.</summary>
    public static RowValue FromBoolean(bool holds) => new(holds ? 1 : 0);

    /// <summary>Returns the weighted mean of all rows.</summary>
    public static double Mean(IEnumerable<RowValue> rows)
    {
        var (sum, weight) = (0.0, 0.0);
        foreach (var row in rows) (sum, weight) = (sum + row.Sum, weight + row.Weight);
        return sum / weight;
    }
}
