using System.Globalization;
using System.Text.Json;
using TurkishLlm.Inference.Generation;

namespace TurkishLlm.Server.Api;

/// <summary>Reads what chats and completions have in common: sampling, stop sequences, number of texts, streaming.</summary>
/// <param name="Options">Sampling options; the seed is that of the first text.</param>
/// <param name="StopSequences">Texts before which a text ends.</param>
/// <param name="LogitBias">Numbers that are added to logits.</param>
/// <param name="Choices">Number of texts; the seed of each is one larger than that of the one before.</param>
/// <param name="IsStreamed">True to send the text as it is generated.</param>
/// <param name="IncludesUsage">True to send token counts at the end of a stream.</param>
/// <param name="User">Name of the client's user; null for none.</param>
internal sealed record SamplingFields(
    SamplingOptions Options, IReadOnlyList<string> StopSequences, IReadOnlyDictionary<int, float> LogitBias, int Choices,
    bool IsStreamed, bool IncludesUsage, string? User)
{
    private const int MaxStops = 16, MaxTokens = 1_000_000, MaxBiases = 1_024;

    public static SamplingFields Read(RequestFields fields, ServerOptions server, Func<long> nextSeed, int vocabularySize)
    {
        var defaults = server.Defaults;
        fields.Refuse("frequency_penalty", IsZero, "Use repetition_penalty.");
        fields.Refuse("presence_penalty", IsZero, "Use repetition_penalty.");
        return new(
            new SamplingOptions
            {
                MaxTokens = fields.GetInteger("max_completion_tokens", 1, MaxTokens)
                    ?? fields.GetInteger("max_tokens", 1, MaxTokens) ?? defaults.MaxTokens,
                Temperature = fields.GetNumber("temperature", 0, 100) ?? defaults.Temperature,
                TopP = ReadTopP(fields) ?? defaults.TopP,
                TopK = fields.GetInteger("top_k", 0, int.MaxValue) ?? defaults.TopK,
                RepetitionPenalty = fields.GetNumber("repetition_penalty", 0.01, 100) ?? defaults.RepetitionPenalty,
                Seed = fields.GetLong("seed") ?? nextSeed(),
            },
            ReadStops(fields), ReadBias(fields, vocabularySize), fields.GetInteger("n", 1, server.MaxChoices) ?? 1,
            fields.GetBoolean("stream"), fields.GetObject("stream_options")?.GetBoolean("include_usage") ?? false,
            fields.GetString("user"));
    }

    /// <summary>Returns true for a number that is 0.</summary>
    public static bool IsZero(JsonElement value) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && number == 0;

    private static double? ReadTopP(RequestFields fields) => fields.GetNumber("top_p", 0, 1) is not { } p ? null
        : p > 0 ? p
        : throw ApiException.Invalid(
            "top_p is 0; it must be more than 0 and at most 1 (all tokens). temperature 0 takes the most likely token.", "top_p");

    private static IReadOnlyList<string> ReadStops(RequestFields fields)
    {
        var stops = fields.GetTexts("stop");
        if (stops.Count > MaxStops)
            throw ApiException.Invalid(
                FormattableString.Invariant($"stop has {stops.Count} texts; at most {MaxStops} are supported."), "stop");
        return stops.Contains("")
            ? throw ApiException.Invalid("stop has an empty text, which would end every answer at once. Remove it.", "stop")
            : stops;
    }

    private static Dictionary<int, float> ReadBias(RequestFields fields, int vocabularySize)
    {
        var biases = new Dictionary<int, float>();
        if (fields.Find("logit_bias") is not { } value) return biases;
        if (value.ValueKind != JsonValueKind.Object) throw fields.WrongType("logit_bias", value, "an object");
        foreach (var bias in value.EnumerateObject())
        {
            if (!int.TryParse(bias.Name, NumberStyles.None, CultureInfo.InvariantCulture, out var id) || id >= vocabularySize)
                throw ApiException.Invalid(FormattableString.Invariant(
                    $"logit_bias has the key {bias.Name}; keys are token ids below {vocabularySize}."), "logit_bias");
            biases[id] = (float)(new RequestFields(value, "logit_bias.").GetNumber(bias.Name, -100, 100) ?? 0);
            if (biases.Count > MaxBiases)
                throw ApiException.Invalid(
                    FormattableString.Invariant($"logit_bias has more than {MaxBiases} tokens."), "logit_bias");
        }
        return biases;
    }
}
