using TurkishLlm.Synthesis.Generation;
using TurkishLlm.Synthesis.Grouping;
using TurkishLlm.Synthesis.Prompts;

namespace TurkishLlm.Synthesis.Verdicts;

/// <summary>The accepted and rejected pairs of all replies.</summary>
/// <param name="Accepted">Accepted pairs, in the order of the blueprint.</param>
/// <param name="Rejected">Rejected pairs, each with the first reason.</param>
/// <param name="Unanswered">Groups without a readable reply.</param>
/// <remarks>Spec: SYN-10.</remarks>
public sealed record Review(
    IReadOnlyList<ReviewedPair> Accepted, IReadOnlyList<Rejection> Rejected, IReadOnlyList<string> Unanswered)
{
    /// <summary>
    /// Checks every pair of every reply: schema and sources, language, wording, length, grounding, the judge's verdict if there
    /// is one, and last whether the question is a duplicate, so that a rejected pair never displaces an accepted one.
    /// </summary>
    /// <param name="blueprint">The groups; their order decides which of two equal questions is the earlier.</param>
    /// <param name="chunks">All chunks.</param>
    /// <param name="journal">The replies.</param>
    /// <param name="model">Use replies from this model only; null for the latest reply of any model.</param>
    public static Review Create(Blueprint blueprint, ChunkSet chunks, JournalState journal, string? model = null)
    {
        ArgumentNullException.ThrowIfNull(blueprint);
        ArgumentNullException.ThrowIfNull(chunks);
        ArgumentNullException.ThrowIfNull(journal);
        var replies = journal.Replies.Where(reply => reply.IsReadable).ToLookup(reply => reply.Group, StringComparer.Ordinal);
        var (unanswered, rejected) = (new List<string>(), new List<Rejection>());
        var passed = new List<ReviewedPair>();
        foreach (var group in blueprint.Groups)
        {
            var shown = LabeledChunks.Select(chunks, group.Chunks);
            var reply = replies[group.Id]
                .LastOrDefault(reply => reply.Context == shown.Hash && (model is null || reply.Model == model));
            if (reply is null)
            {
                unanswered.Add(group.Id);
                continue;
            }
            var (pairs, noPairs) = ReplyParser.Parse(group.Id, shown, reply.Text);
            rejected.AddRange(noPairs);
            var checks = new PairChecks(shown, GetAnswerLength(reply.Prompt));
            foreach (var pair in pairs)
            {
                var claims = checks.Trace(pair);
                var (reason, evidence) = checks.FindProblem(pair, claims);
                if (evidence.Length > 0) rejected.Add(CreateRejection(pair, reason, evidence));
                else passed.Add(new(pair, group.Rule, reply.Model, claims, SelectSources(chunks, pair, claims)));
            }
        }
        return new(
            RemoveDuplicates([.. passed.Where(pair => PassesJudge(pair, chunks, replies, rejected))], rejected),
            rejected, unanswered);
    }

    private static Func<Difficulty, AnswerLength> GetAnswerLength(string prompt) =>
        prompt.StartsWith("v1", StringComparison.Ordinal) ? AnswerLength.ForV1 : AnswerLength.ForV2;

    private static bool PassesJudge(
        ReviewedPair pair, ChunkSet chunks, ILookup<string, RepliedEntry> replies, List<Rejection> rejected)
    {
        var shown = LabeledChunks.Select(chunks, pair.Sources);
        if (replies[Judge.Prefix + pair.Pair.Id].LastOrDefault(reply => reply.Context == shown.Hash) is not { } verdict)
            return true;
        var objection = Judge.FindObjection(verdict.Text, shown.Chunks);
        if (objection.Length > 0) rejected.Add(CreateRejection(pair.Pair, RejectionReason.Judge, objection));
        return objection.Length == 0;
    }

    private static List<ReviewedPair> RemoveDuplicates(List<ReviewedPair> pairs, List<Rejection> rejected)
    {
        var questions = new DuplicateQuestions(pairs.Select(pair => pair.Pair.Turns[0].Question));
        List<ReviewedPair> kept = [];
        foreach (var pair in pairs)
        {
            if (questions.Add(pair.Pair.Turns[0].Question, out var like) is { } reason)
                rejected.Add(CreateRejection(pair.Pair, reason, like));
            else kept.Add(pair);
        }
        return kept;
    }

    private static IReadOnlyList<string> SelectSources(ChunkSet chunks, QaPair pair, IReadOnlyList<TracedClaim> claims)
    {
        var traced = claims.SelectMany(claim => claim.Evidence).Select(evidence => evidence.ChunkId).Distinct().ToArray();
        return
        [
            .. chunks.Sort((traced.Length > 0 ? traced : pair.Sources).Select(id => chunks[id])).Select(chunk => chunk.ChunkId),
        ];
    }

    private static Rejection CreateRejection(QaPair pair, RejectionReason reason, string evidence) =>
        new(pair.Id, reason, evidence, JsonText.Serialize(pair));
}
