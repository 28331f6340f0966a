namespace TurkishLlm.Server.Protocol;

/// <summary>Token counts of a request.</summary>
internal sealed record Usage(int PromptTokens, int CompletionTokens, int TotalTokens, PromptTokensDetails PromptTokensDetails);

/// <summary>How many tokens of the prompt were cached from an earlier text.</summary>
internal sealed record PromptTokensDetails(int CachedTokens);

/// <summary>A list of models.</summary>
internal sealed record ModelList(string Object, IReadOnlyList<ModelEntry> Data);

/// <summary>A model. The context length is an extension.</summary>
internal sealed record ModelEntry(string Id, string Object, long Created, string OwnedBy, int MaxModelLen);

/// <summary>Reply of <c>/tokenize</c>.</summary>
internal sealed record TokenizeReply(IReadOnlyList<int> Tokens, int Count, int MaxModelLen);

/// <summary>Reply of <c>/detokenize</c>.</summary>
internal sealed record DetokenizeReply(string Content);

/// <summary>Reply of <c>/health</c>.</summary>
internal sealed record HealthReply(string Status);

/// <summary>An error, as OpenAI writes it.</summary>
internal sealed record ErrorReply(ErrorBody Error);

/// <summary>The error.</summary>
internal sealed record ErrorBody(string Message, string Type)
{
    [System.Text.Json.Serialization.JsonIgnore(Condition = System.Text.Json.Serialization.JsonIgnoreCondition.Never)]
    public string? Param { get; init; }

    [System.Text.Json.Serialization.JsonIgnore(Condition = System.Text.Json.Serialization.JsonIgnoreCondition.Never)]
    public string? Code { get; init; }
}
