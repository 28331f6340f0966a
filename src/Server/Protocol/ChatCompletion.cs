using System.Text.Json.Serialization;

namespace TurkishLlm.Server.Protocol;

/// <summary>A reply of <c>/v1/chat/completions</c>, or a part of a streamed one.</summary>
internal sealed record ChatCompletion(
    string Id, string Object, long Created, string Model, IReadOnlyList<ChatChoice> Choices)
{
    public Usage? Usage { get; init; }

    public string? SystemFingerprint { get; init; }

    /// <summary>Extension: the seed of the first answer.</summary>
    public long? Seed { get; init; }

    /// <summary>Extension: the passages of the documentation that the model read.</summary>
    public IReadOnlyList<CitedPassage>? Passages { get; init; }
}

/// <summary>An answer, or a part of it.</summary>
internal sealed record ChatChoice(int Index)
{
    public ReplyMessage? Message { get; init; }

    public ReplyMessage? Delta { get; init; }

    public ChatLogprobs? Logprobs { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public string? FinishReason { get; init; }
}

/// <summary>A message of the model, or a part of it.</summary>
internal sealed record ReplyMessage
{
    public string? Role { get; init; }

    public string? Content { get; init; }

    public IReadOnlyList<ReplyToolCall>? ToolCalls { get; init; }

    /// <summary>Extension: a tool call that cannot be run, because it was cut off or is not JSON with a name.</summary>
    public string? ToolCallText { get; init; }

    /// <summary>Extension: the tools that the server ran for this message.</summary>
    public IReadOnlyList<ReplyToolRun>? ToolRuns { get; init; }
}

/// <summary>A call that the server ran.</summary>
internal sealed record ReplyToolRun(string Name, string Arguments, string Output);

/// <summary>A call of a tool.</summary>
internal sealed record ReplyToolCall(int Index, string Id, string Type, ReplyFunction Function);

/// <summary>The function of a call.</summary>
internal sealed record ReplyFunction(string Name, string Arguments);

/// <summary>Probabilities of the tokens of a message.</summary>
internal sealed record ChatLogprobs(IReadOnlyList<ChatTokenLogprob> Content);

/// <summary>A token with its probability.</summary>
internal sealed record ChatTokenLogprob(string Token, double Logprob, IReadOnlyList<int> Bytes)
{
    public IReadOnlyList<ChatTokenLogprob>? TopLogprobs { get; init; }
}

/// <summary>A passage of the documentation, with the number that the page shows.</summary>
internal sealed record CitedPassage(int Number, string Source, string Text, double? Score);
