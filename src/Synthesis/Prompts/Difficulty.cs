using System.Text.Json.Serialization;

namespace TurkishLlm.Synthesis.Prompts;

/// <summary>How much a question asks of its reader. In files they have their Turkish names.</summary>
public enum Difficulty
{
    /// <summary>One fact.</summary>
    [JsonStringEnumMemberName("kolay")]
    Easy,

    /// <summary>A procedure, or facts that belong together.</summary>
    [JsonStringEnumMemberName("orta")]
    Medium,

    /// <summary>Several conditions, or several places.</summary>
    [JsonStringEnumMemberName("zor")]
    Hard,
}
