namespace TurkishLlm.Synthesis.Verdicts;

/// <summary>Removes what models and servers put around the JSON of a reply: reasoning, and a code fence.</summary>
internal static class ReplyText
{
    private const string ReasoningEnd = "</think>", Fence = "```";

    /// <summary>Returns the text without reasoning and fence.</summary>
    public static string Unwrap(string text)
    {
        text = text.Trim();
        // Some servers begin with the reasoning, without its opening tag.
        if (!text.StartsWith('{') && text.LastIndexOf(ReasoningEnd, StringComparison.Ordinal) is >= 0 and var end)
            text = text[(end + ReasoningEnd.Length)..].Trim();
        if (
            !text.StartsWith(Fence, StringComparison.Ordinal)
            || !text.EndsWith(Fence, StringComparison.Ordinal)
            || text.IndexOf('\n', StringComparison.Ordinal) is var first && first < 0)
            return text;
        return text[(first + 1)..^Fence.Length];
    }
}
