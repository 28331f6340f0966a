using System.Text.Json;
using TurkishLlm.Synthesis.Chunks;
using TurkishLlm.Synthesis.Generation;
using TurkishLlm.Synthesis.Grouping;
using TurkishLlm.Synthesis.Prompts;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Synthesis.Verdicts;

/// <summary>A model that checks each claim of a pair against the chunks and quotes the supporting text.</summary>
/// <param name="prompt">The prompt <c>judge</c>.</param>
/// <param name="chunks">All chunks.</param>
public sealed class Judge(Prompt prompt, ChunkSet chunks)
{
    private const int MaxTokens = 4000;

    /// <summary>Prefix of the group name of every request to a judge.</summary>
    public const string Prefix = "judge:";

    /// <summary>Creates the request for a pair, with the chunks to which it was traced.</summary>
    public ModelRequest CreateRequest(ReviewedPair reviewed, string model)
    {
        ArgumentNullException.ThrowIfNull(reviewed);
        var shown = LabeledChunks.Select(chunks, reviewed.Sources);
        var user = prompt.RenderUser(new()
        {
            ["chunks"] = shown.Text,
            ["question"] = string.Join("\n\n", reviewed.Pair.Turns.Select(turn => turn.Question)),
            ["answer"] = string.Join("\n\n", reviewed.Pair.Turns.Select(turn => turn.Answer)),
        });
        return new(
            Prefix + reviewed.Pair.Id, shown.Hash, model, prompt.Version, prompt.RenderSystem("", 0), user, prompt.Schema,
            MaxTokens);
    }

    /// <summary>Returns why a judge's reply is unreadable; empty if it is readable.</summary>
    public static string FindProblem(string text)
    {
        try
        {
            return Parse(text) is { Claims: { } claims } && claims.All(claim => claim is not null)
                ? ""
                : "not an object with \"claims\"";
        }
        catch (InvalidDataException error)
        {
            return error.Message;
        }
    }

    /// <summary>
    /// Returns the objection of the judge to a pair, or an empty string. A quotation that is not in the chunks supports
    /// nothing.
    /// </summary>
    /// <param name="text">A readable reply.</param>
    /// <param name="shown">The chunks in the request.</param>
    public static string FindObjection(string text, IReadOnlyList<Chunk> shown)
    {
        ArgumentNullException.ThrowIfNull(shown);
        var reply = Parse(text);
        if (!reply.AnswersQuestion) return "the answer does not answer the question";
        if (reply.Claims.Count == 0) return "the judge lists no claim";
        var source = NormalizeWhiteSpace(string.Join('\n', shown.Select(chunk => chunk.Text)));
        foreach (var claim in reply.Claims)
        {
            if (!claim.Supported) return $"not supported: {claim.Claim}";
            if (claim.Quote.Trim().Length == 0 || !source.Contains(NormalizeWhiteSpace(claim.Quote), StringComparison.Ordinal))
                return $"the judge's quotation is not in the chunk: {claim.Quote}";
        }
        return "";
    }

    private static JudgeReply Parse(string text) =>
        JsonText.Deserialize<JudgeReply>(ReplyText.Unwrap(text), "the reply");

    private static string NormalizeWhiteSpace(string text) =>
        string.Join(' ', ComparableText.Create(text).Split(default(char[]), StringSplitOptions.RemoveEmptyEntries));

    private sealed record JudgeReply(bool AnswersQuestion, IReadOnlyList<JudgeClaim> Claims);

    private sealed record JudgeClaim(string Claim, bool Supported, string Quote);
}
