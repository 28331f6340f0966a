namespace TurkishLlm.Evaluation.Tasks;

/// <summary>What a row adds to a metric, which is the sum of all values divided by the sum of all weights.</summary>
/// <param name="Sum">The value, times its weight.</param>
/// <param name="Weight">1, or the tokens of the row where every token counts alike.</param>
public readonly record struct RowValue(double Sum, double Weight = 1)
{
    /// <summary>1 for yes, 0 for no.</summary>
    public static RowValue FromBoolean(bool holds) => new(holds ? 1 : 0);

    /// <summary>The value of all rows together; not the mean of their means.</summary>
    public static double Mean(IEnumerable<RowValue> rows)
    {
        var (sum, weight) = (0.0, 0.0);
        foreach (var row in rows) (sum, weight) = (sum + row.Sum, weight + row.Weight);
        return sum / weight;
    }
}
