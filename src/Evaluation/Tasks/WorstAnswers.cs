namespace TurkishLlm.Evaluation.Tasks;

/// <summary>Ranks the answers of a model by how wrong they are.</summary>
public static class WorstAnswers
{
    // The metric of each task type that distinguishes near misses from nonsense.
    private static Metric[] Ranked { get; } =
        [Metric.RefusalRate, Metric.FieldF1, Metric.ChrF, Metric.Accuracy, Metric.ExactMatch];

    /// <summary>Selects the worst answers: the lowest scores first, of equal ones those that surprise the model most.</summary>
    /// <param name="evaluation">The answers.</param>
    /// <param name="count">Largest number of answers.</param>
    /// <returns>Answers that are not perfect; rows that were not asked are skipped.</returns>
    public static IReadOnlyList<RowResult> Select(GoldEvaluation evaluation, int count)
    {
        ArgumentNullException.ThrowIfNull(evaluation);
        return
        [
            .. evaluation.Results.OfType<RowResult>()
                .Where(result => GetScore(result) < 1)
                .OrderBy(GetScore)
                .ThenByDescending(result => Mean(result.Values[Metric.Loss]))
                .Take(count),
        ];
    }

    /// <summary>Returns the score by which an answer is ranked, from 0 to 1.</summary>
    public static double GetScore(RowResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        return Mean(result.Values[Array.Find(Ranked, result.Values.ContainsKey) ?? Metric.Loss]);
    }

    private static double Mean(RowValue value) => value.Sum / value.Weight;
}
