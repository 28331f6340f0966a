using TurkishLlm.Data.Conversations;

namespace TurkishLlm.Data.Preference;

/// <summary>
/// Gives every answer the answer of another row, from which KTO estimates how far the model as a whole has moved from its
/// reference.
/// </summary>
/// <remarks>
/// The rows are sorted by their question and shifted by the size of the largest question. So every answer is used once, none
/// meets its own row, and none meets its own question unless that has more than half of the rows. A shift by one within a
/// micro-batch, as in Ethayarajh et al. 2024, section 4.1, would give the chosen answer of a pair the rejected answer to the
/// same question. The partner of a row never changes, so its reference log-probability is computed once, as in TRL. Spec: KTO-04.
/// </remarks>
public static class MismatchedAnswers
{
    /// <summary>Chooses the row from which each row gets its answer.</summary>
    /// <param name="questions">For each row, the index of its question.</param>
    /// <returns>A permutation without fixed points.</returns>
    /// <exception cref="InvalidDataException">All rows have one question.</exception>
    public static IReadOnlyList<int> Choose(IReadOnlyList<int> questions)
    {
        ArgumentNullException.ThrowIfNull(questions);
        int[] sorted = [.. Enumerable.Range(0, questions.Count).OrderBy(row => questions[row])];
        var largest = sorted.GroupBy(row => questions[row]).Select(rows => rows.Count()).DefaultIfEmpty().Max();
        if (largest == questions.Count)
            throw new InvalidDataException(
                "All training rows of KTO answer one question, so there is no answer to another one. Add rows with "
                    + "other questions.");
        var partners = new int[sorted.Length];
        for (var i = 0; i < sorted.Length; i++) partners[sorted[i]] = sorted[(i + largest) % sorted.Length];
        return partners;
    }

    /// <summary>Joins the prompt of one example and the answer of another. What exceeds the length is cut.</summary>
    /// <param name="prompt">The example with the prompt.</param>
    /// <param name="answer">The example with the answer.</param>
    /// <param name="length">Maximum number of positions.</param>
    public static TokenizedExample Join(TokenizedExample prompt, TokenizedExample answer, int length)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        ArgumentNullException.ThrowIfNull(answer);
        var (ownStart, otherStart) = (GetAnswerStart(prompt), GetAnswerStart(answer));
        return new(
            [.. prompt.Ids.Take(ownStart).Concat(answer.Ids.Skip(otherStart)).Select(id => (int)id).Take(length + 1)],
            [.. prompt.LossMask.Take(ownStart).Concat(answer.LossMask.Skip(otherStart)).Take(length + 1)]);
    }

    private static int GetAnswerStart(TokenizedExample example) => example.LossMask.Index().First(token => token.Item).Index;
}
