namespace TurkishLlm.Data.FineTuning;

/// <summary>Sentences about rows that are not what they seem: skipped ones, leaks, and keys that are not used.</summary>
public static class RowNotes
{
    /// <param name="name">Name of the file or source.</param>
    /// <param name="invalid">Number of invalid rows, which were skipped.</param>
    /// <param name="problems">The first reasons.</param>
    /// <param name="unknownKeys">The keys that are not used, with their numbers of rows; empty for none.</param>
    public static IEnumerable<string> Create(string name, long invalid, IReadOnlyList<string> problems, string unknownKeys)
    {
        if (invalid > 0)
            yield return FormattableString.Invariant(
                $"{name}: {invalid} invalid {(invalid == 1 ? "row" : "rows")} skipped, the first: {problems[0]}");
        if (unknownKeys.Length > 0) yield return DescribeUnknownKeys(name, unknownKeys);
    }

    /// <summary>Describes rows of a source that a validation file contains as well.</summary>
    /// <param name="name">Name of the source.</param>
    /// <param name="rows">Number of such rows.</param>
    public static IEnumerable<string> CreateForLeaks(string name, long rows)
    {
        if (rows > 0)
            yield return FormattableString.Invariant(
                $"{name}: {rows} {(rows == 1 ? "row is" : "rows are")} in sft.validation, or nearly, and not trained on");
    }

    /// <summary>Names the keys that are not used.</summary>
    public static string DescribeUnknownKeys(string name, string unknownKeys) =>
        $"{name}: unknown keys, not used (rows): {unknownKeys}";
}
