using TurkishLlm.Spec.Plans;
using TurkishLlm.Synthesis.Generation;
using TurkishLlm.Synthesis.Verdicts;

namespace TurkishLlm.Spec.Synthesis;

/// <summary>Traces and checks a pair; returns the reason of its rejection, or null, and its claims.</summary>
public delegate (RejectionReason? Reason, IReadOnlyList<TracedClaim> Claims) CheckPair(QaPair pair, LabeledChunks shown);

/// <summary>Conversations: every turn is checked like a single pair.</summary>
public static class ConversationSpec
{
    /// <summary>The requirements of this class.</summary>
    public static IReadOnlyList<Requirement> All => [SYN09_Turns];

    /// <summary>SYN-09.</summary>
    public static readonly Requirement<ConversationCase, CheckPair> SYN09_Turns = new()
    {
        Id = "SYN-09",
        Statement = "A fault in any turn of a conversation is found for its reason; every claim of every turn is traced to the "
            + "chunks that the pair cites, or to others only if those do not support all claims; the bound on words applies to "
            + "all answers together.",
        Source = "BUG-SYN-03; reference report on fine-tuning, section 12: wrong answers in training made the model worse",
        CanonicalCases =
        [
            new(2, TurkishLlm.Synthesis.Prompts.Difficulty.Easy, IsV1: true),
            new(3, TurkishLlm.Synthesis.Prompts.Difficulty.Medium, IsV1: false),
            new(3, TurkishLlm.Synthesis.Prompts.Difficulty.Hard, IsV1: true),
        ],
        Subject = (c, _) => (pair, shown) => Check(pair, shown, c),
        Holds = (check, c, _) =>
        {
            var shown = c.Shown;
            var (reason, claims) = check(c.Right, shown);
            return Verdict.All(
            [
                Verdict.Equal(null, reason, "a correct conversation"),
                Verdict.Equal(c.Turns, claims.Count, "claims"),
                Verdict.SameElements(
                    c.Sources, [.. claims.SelectMany(claim => claim.Evidence).Select(evidence => evidence.ChunkId)], "evidence"),
                Verdict.Equal(
                    null, check(c.Right with { Sources = [c.Sources[^1]] }, shown).Reason, "a source that is not cited"),
                Verdict.Equal(null, check(c.WithLength(0.9), shown).Reason, "answers of 0.9 of the words"),
                Verdict.Equal(RejectionReason.Length, check(c.WithLength(1.2), shown).Reason, "answers of 1.2 of the words"),
                .. c.Wrong.Select(wrong => Verdict.Equal(wrong.Reason, check(wrong.Pair, shown).Reason, wrong.Name)),
            ]);
        },
        Impostors = new()
        {
            ["passes everything"] = (c, _) => (pair, shown) => (null, Check(pair, shown, c).Claims),
            ["only the first turn is traced"] = (c, _) => (pair, shown) => CheckApart(pair, FirstTurn(pair), shown, c),
            ["only the first turn is checked"] = (c, _) => (pair, shown) => CheckApart(FirstTurn(pair), pair, shown, c),
            ["only the last turn is traced"] = (c, _) => (pair, shown) => CheckApart(pair, LastTurn(pair), shown, c),
            ["only the last turn is checked"] = (c, _) => (pair, shown) => CheckApart(LastTurn(pair), pair, shown, c),
            ["the words of each answer are counted alone"] = (c, _) => (pair, shown) =>
                Check(pair, shown, c) is var result && result.Reason == RejectionReason.Length
                && Check(FirstAnswer(pair), shown, c).Reason != RejectionReason.Length ? (null, result.Claims) : result,
            ["only cited chunks count"] = (c, _) => (pair, shown) =>
            {
                var cited = shown.Chunks.Where(chunk => pair.Sources.Contains(chunk.ChunkId)).ToArray();
                return Check(pair, LabeledChunks.Select(new(cited), pair.Sources), c);
            },
            ["citations do not count"] = (c, _) => (pair, shown) =>
                Check(pair with { Sources = [.. shown.Chunks.Select(chunk => chunk.ChunkId)] }, shown, c),
        },
    };

    private static (RejectionReason? Reason, IReadOnlyList<TracedClaim> Claims) Check(
        QaPair pair, LabeledChunks shown, ConversationCase c) => CheckApart(pair, pair, shown, c);

    private static (RejectionReason? Reason, IReadOnlyList<TracedClaim> Claims) CheckApart(
        QaPair checkedPair, QaPair traced, LabeledChunks shown, ConversationCase c)
    {
        var checks = new PairChecks(shown, c.Length);
        var claims = checks.Trace(traced);
        var (reason, evidence) = checks.FindProblem(checkedPair, claims);
        return (evidence.Length > 0 ? reason : null, claims);
    }

    // With one turn, a pair would not be a conversation.
    private static QaPair FirstTurn(QaPair pair) => pair with { Turns = [pair.Turns[0], pair.Turns[0]] };

    private static QaPair FirstAnswer(QaPair pair) =>
        pair with { Turns = [pair.Turns[0], pair.Turns[0] with { Answer = "Evet." }] };

    private static QaPair LastTurn(QaPair pair) => pair with { Turns = [pair.Turns[^1], pair.Turns[^1]] };
}
