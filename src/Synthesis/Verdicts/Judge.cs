using System.Text.Json;
using TurkishLlm.Synthesis.Chunks;
using TurkishLlm.Synthesis.Files;
using TurkishLlm.Synthesis.Generation;
using TurkishLlm.Synthesis.Grouping;
using TurkishLlm.Synthesis.Prompts;

namespace TurkishLlm.Synthesis.Verdicts;

/// <summary>A model that looks at a pair and its chunks, and says claim by claim what the chunks support, with a quotation for each.</summary>
/// <param name="prompt">The prompt <c>judge</c>.</param>
/// <param name="chunks">All chunks.</param>
public sealed class Judge(Prompt prompt, ChunkSet chunks)
{
    private const int MaxTokens = 4000;

    /// <summary>What begins the name of every request to a judge.</summary>
    public const string Prefix = "judge:";

    /// <summary>The request about a pair, which shows the chunks that it was traced to.</summary>
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
        return new(Prefix + reviewed.Pair.Id, shown.Hash, model, prompt.Version, prompt.RenderSystem("", 0), user, prompt.Schema, MaxTokens);
    }

    /// <summary>Why a judge's reply cannot be read; empty when it can.</summary>
    public static string FindProblem(string text)
    {
        try
        {
            return JsonSerializer.Deserialize<JudgeReply>(text, JsonText.Options) is { Claims: not null } ? "" : "no object with claims";
        }
        catch (JsonException error)
        {
            return $"not the JSON of a judge: {error.Message}";
        }
    }

    /// <summary>What speaks against a pair; empty when nothing does. A quotation that is not in the chunks supports nothing.</summary>
    /// <param name="text">A readable reply.</param>
    /// <param name="shown">The chunks that the judge saw.</param>
    public static string FindObjection(string text, IReadOnlyList<Chunk> shown)
    {
        ArgumentNullException.ThrowIfNull(shown);
        var reply = JsonSerializer.Deserialize<JudgeReply>(text, JsonText.Options)!;
        if (!reply.AnswersQuestion) return "it does not answer the question";
        if (reply.Claims.Count == 0) return "the judge names no claim";
        var source = NormalizeWhiteSpace(string.Join('\n', shown.Select(chunk => chunk.Text)));
        foreach (var claim in reply.Claims)
        {
            if (!claim.Supported) return $"not supported: {claim.Claim}";
            if (claim.Quote.Trim().Length == 0 || !source.Contains(NormalizeWhiteSpace(claim.Quote), StringComparison.Ordinal)) return $"the judge's quotation is not in the chunk: {claim.Quote}";
        }
        return "";
    }

    private static string NormalizeWhiteSpace(string text) => string.Join(' ', text.Split(default(char[]), StringSplitOptions.RemoveEmptyEntries));

    private sealed record JudgeReply(bool AnswersQuestion, IReadOnlyList<JudgeClaim> Claims);

    private sealed record JudgeClaim(string Claim, bool Supported, string Quote);
}
