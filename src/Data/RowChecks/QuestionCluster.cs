namespace TurkishLlm.Data.RowChecks;

/// <summary>Rows with matching questions, compared by their answers.</summary>
internal static class QuestionCluster
{
    // With more different answers, a question is an open one.
    private const int MaxAnswers = 64;

    /// <summary>Compares the answers of rows with matching questions.</summary>
    /// <param name="rows">The rows of a cluster, in order.</param>
    /// <param name="options">The limits.</param>
    /// <returns>
    /// For each row, the position of the earlier row that it nearly equals (−1 for none), and that of a row that it contradicts
    /// (−1 for none).
    /// </returns>
    public static (int SameAs, int Contradicts)[] Compare(IReadOnlyList<CheckedRow> rows, RowCheckOptions options)
    {
        var results = new (int SameAs, int Contradicts)[rows.Count];
        var firsts = new List<(int Row, ComparedQuestion Question, ComparedAnswer Answer)>();
        var byWords = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i < rows.Count; i++)
        {
            results[i] = (-1, -1);
            var (question, answer) = (new ComparedQuestion(rows[i].Question), new ComparedAnswer(rows[i].Answer));
            if (byWords.TryGetValue($"{question.Words}\n{answer.Words}", out var equal))
            {
                results[i].SameAs = equal;
                continue;
            }
            var relations = firsts
                .Where(first => question.Matches(first.Question, options.QuestionSimilarity))
                .Select(first => (first.Row, Relation: first.Answer.Compare(answer, options.AnswerSimilarity)))
                .ToArray();
            var same = Array.FindIndex(relations, first => first.Relation == AnswerRelation.Same);
            if (same >= 0)
            {
                results[i].SameAs = relations[same].Row;
                continue;
            }
            foreach (var (first, _) in relations.Where(first => first.Relation == AnswerRelation.Different))
            {
                if (results[i].Contradicts < 0) results[i].Contradicts = first;
                if (results[first].Contradicts < 0) results[first].Contradicts = i;
            }
            byWords.Add($"{question.Words}\n{answer.Words}", i);
            if (firsts.Count < MaxAnswers) firsts.Add((i, question, answer));
        }
        return results;
    }
}
