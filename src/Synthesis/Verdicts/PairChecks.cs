using TurkishLlm.Synthesis.Chunks;
using TurkishLlm.Synthesis.Generation;
using TurkishLlm.Synthesis.Prompts;

namespace TurkishLlm.Synthesis.Verdicts;

/// <summary>Checks one pair against the chunks it was created from.</summary>
/// <param name="shown">The chunks in the request.</param>
/// <param name="length">Bounds of the answer length.</param>
/// <remarks>Spec: SYN-09.</remarks>
public sealed class PairChecks(LabeledChunks shown, Func<Difficulty, AnswerLength> length)
{
    private readonly GroundingChecker _grounding = new();
    private readonly HashSet<string> _vocabulary = TurkishCheck.BuildVocabulary(shown.Chunks);

    /// <summary>
    /// Traces the claims of a pair to the chunks that it cites or, if those do not support all claims, to all chunks in the
    /// request.
    /// </summary>
    public IReadOnlyList<TracedClaim> Trace(QaPair pair)
    {
        ArgumentNullException.ThrowIfNull(pair);
        var named = shown.Chunks.Where(chunk => pair.Sources.Contains(chunk.ChunkId)).ToArray();
        var claims = Trace(pair, named);
        return named.Length == shown.Chunks.Count || claims.All(claim => claim.Problem.Length == 0)
            ? claims
            : Trace(pair, shown.Chunks);
    }

    /// <summary>Returns the first problem. Without one, the evidence is empty.</summary>
    public (RejectionReason Reason, string Evidence) FindProblem(QaPair pair, IReadOnlyList<TracedClaim> claims)
    {
        ArgumentNullException.ThrowIfNull(pair);
        ArgumentNullException.ThrowIfNull(claims);
        foreach (var turn in pair.Turns)
        {
            if (TurkishCheck.FindProblem(turn.Question, _vocabulary) is { Length: > 0 } question)
                return (RejectionReason.Language, $"question: {question}");
            if (TurkishCheck.FindProblem(turn.Answer, _vocabulary) is { Length: > 0 } answer)
                return (RejectionReason.Language, $"answer: {answer}");
            if (WordingCheck.FindReference(turn.Question) is { Length: > 0 } reference)
                return (RejectionReason.Reference, reference);
            if (WordingCheck.FindCorrection(turn.Answer) is { Length: > 0 } correction)
                return (RejectionReason.SelfCorrection, correction);
            // The bounds apply to single answers; the turns of a conversation share the content.
            if (!pair.IsConversation && LengthCheck.FindProblem(turn.Answer, length(pair.Difficulty)) is { Length: > 0 } bounds)
                return (RejectionReason.Length, bounds);
        }
        if (
            pair.IsConversation
            && LengthCheck.FindProblem(
                string.Join(' ', pair.Turns.Select(turn => turn.Answer)),
                length(pair.Difficulty) with
                {
                    MinSentences = 1,
                    MaxSentences = int.MaxValue,
                })
                is { Length: > 0 } all)
            return (RejectionReason.Length, all);
        return claims.FirstOrDefault(claim => claim.Problem.Length > 0) is { } claim
            ? (RejectionReason.Grounding, $"{claim.Problem} — {claim.Text}")
            : default((RejectionReason, string)) with
            {
                Item2 = "",
            };
    }

    private TracedClaim[] Trace(QaPair pair, IReadOnlyList<Chunk> chunks) =>
        [.. pair.Turns.SelectMany(turn => _grounding.Trace(turn, chunks))];
}
