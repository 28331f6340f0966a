using System.Text.Json.Serialization;

namespace TurkishLlm.Server.Protocol;

/// <summary>A reply of <c>/v1/completions</c>, or a part of a streamed one.</summary>
internal sealed record TextCompletion(
    string Id, string Object, long Created, string Model, IReadOnlyList<TextChoice> Choices)
{
    public Usage? Usage { get; init; }

    public string? SystemFingerprint { get; init; }

    /// <summary>Extension: the seed of the first text.</summary>
    public long? Seed { get; init; }
}

/// <summary>A text, or a part of it.</summary>
internal sealed record TextChoice(int Index, string Text)
{
    public TextLogprobs? Logprobs { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public string? FinishReason { get; init; }
}

/// <summary>Probabilities of the tokens of a text.</summary>
internal sealed record TextLogprobs(
    IReadOnlyList<string> Tokens, IReadOnlyList<double> TokenLogprobs, IReadOnlyList<Dictionary<string, double>> TopLogprobs,
    IReadOnlyList<int> TextOffset);
