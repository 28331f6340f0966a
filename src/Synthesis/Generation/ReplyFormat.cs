using System.Text.Json.Serialization;

namespace TurkishLlm.Synthesis.Generation;

/// <summary>The protocol of a reply in the journal.</summary>
public enum ReplyFormat
{
    /// <summary>A chat completion of OpenAI or a compatible service.</summary>
    [JsonStringEnumMemberName("openai")]
    OpenAI,

    /// <summary>A message of Anthropic or a compatible service.</summary>
    Anthropic,

    /// <summary>A line of a result file of OpenAI's batches.</summary>
    [JsonStringEnumMemberName("openai_batch")]
    OpenAIBatch,

    /// <summary>A line of the results of Anthropic's batches.</summary>
    AnthropicBatch,

    /// <summary>A line of a file of recorded replies.</summary>
    Recorded,
}
