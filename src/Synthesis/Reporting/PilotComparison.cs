using TurkishLlm.Synthesis.Documentation;
using TurkishLlm.Synthesis.Generation;
using TurkishLlm.Synthesis.Grouping;
using TurkishLlm.Synthesis.Prompts;
using TurkishLlm.Synthesis.Verdicts;

namespace TurkishLlm.Synthesis.Reporting;

/// <summary>Compares models on the same groups with measured values; the reference report's pilot was judged by eye.</summary>
/// <param name="Groups">The groups that all models answered.</param>
/// <param name="Results">The models, ordered by name.</param>
/// <remarks>Source: reference report on fine-tuning, section 13, "API model comparison".</remarks>
public sealed record PilotComparison(IReadOnlyList<string> Groups, IReadOnlyList<PilotMetrics> Results)
{
    /// <summary>
    /// Compares all models of a journal on the groups that all of them answered. Returns null if there are fewer than two models.
    /// </summary>
    public static PilotComparison? Compare(Blueprint blueprint, ChunkSet chunks, JournalState journal)
    {
        ArgumentNullException.ThrowIfNull(blueprint);
        ArgumentNullException.ThrowIfNull(chunks);
        ArgumentNullException.ThrowIfNull(journal);
        var groups = blueprint.Groups.ToDictionary(
            group => group.Id,
            group => LabeledChunks.Select(chunks, group.Chunks).Hash,
            StringComparer.Ordinal);
        var answers = journal
            .Replies.Where(reply => reply.IsReadable && groups.GetValueOrDefault(reply.Group) == reply.Context)
            .ToLookup(reply => reply.Model, StringComparer.Ordinal);
        if (answers.Count < 2) return null;
        var common = answers
            .Select(replies => replies.Select(reply => reply.Group).ToHashSet(StringComparer.Ordinal))
            .Aggregate((a, b) => [.. a.Intersect(b)]);
        if (common.Count == 0) return null;
        var part = blueprint with { Groups = [.. blueprint.Groups.Where(group => common.Contains(group.Id))] };
        return new(
            [.. part.Groups.Select(group => group.Id)],
            [
                .. answers
                    .Select(replies => replies.Key)
                    .Order(StringComparer.Ordinal)
                    .Select(model => Measure(part, chunks, journal, model)),
            ]);
    }

    private static PilotMetrics Measure(Blueprint blueprint, ChunkSet chunks, JournalState journal, string model)
    {
        var review = Review.Create(blueprint, chunks, journal, model);
        var pairs = review.Accepted;
        var groups = blueprint.Groups.Select(group => group.Id).ToHashSet(StringComparer.Ordinal);
        var questions = pairs.Select(pair => pair.Pair.Turns[0].Question).ToArray();
        return new(
            model, pairs.Count + review.Rejected.Count, pairs.Count,
            journal.Replies.Where(reply => reply.Model == model && groups.Contains(reply.Group)).Sum(reply => reply.Cost))
        {
            TypeEntropy = ComputeEntropy(pairs.CountBy(pair => pair.Pair.Type).Select(count => count.Value)),
            DistinctOpeningShare =
                pairs.Count == 0
                    ? 0
                    : (double)
                        questions
                            .Select(question => string.Join(' ', DuplicateQuestions.Normalize(question).Split(' ').Take(2)))
                            .Distinct()
                            .Count() / pairs.Count,
            WordsPerAnswer = ComputeMean(
                pairs.Select(pair =>
                    pair.Pair.Turns.Sum(turn => Words.Split(turn.Answer).Count()) / (double)pair.Pair.Turns.Count)),
            ClaimsPerAnswer = ComputeMean(pairs.Select(pair => (double)pair.Claims.Count / pair.Pair.Turns.Count)),
            MultiSourceShare = ComputeMean(
                pairs.Select(pair => pair.Claims.SelectMany(claim => claim.Evidence).Distinct().Skip(1).Any() ? 1.0 : 0)),
            InferentialShare = ComputeMean(
                pairs.Select(pair => pair.Pair.Type is QuestionType.Inferential or QuestionType.Comparative ? 1.0 : 0)),
            Repetition = MeasureRepetition(questions),
        };
    }

    private static double ComputeEntropy(IEnumerable<int> counts)
    {
        int[] all = [.. counts];
        var sum = (double)all.Sum();
        return 0 - all.Sum(count => count / sum * Math.Log(count / sum)) / Math.Log(TurkishNames.Types.Count);
    }

    private static double ComputeMean(IEnumerable<double> values) => values.DefaultIfEmpty(0).Average();

    private static double MeasureRepetition(string[] questions)
    {
        var trigrams = questions
            .Select(question => DuplicateQuestions.GetTrigrams(DuplicateQuestions.Normalize(question)))
            .ToArray();
        return trigrams.Length < 2
            ? 0
            : trigrams
                .Select(
                    (own, i) => trigrams.Where((_, j) => j != i).Max(other => DuplicateQuestions.ComputeSimilarity(own, other)))
                .Average();
    }
}
