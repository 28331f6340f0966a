using System.Text.Json.Serialization;

namespace TurkishLlm.Synthesis.Prompts;

/// <summary>The difficulty of a question. Files use the Turkish names.</summary>
public enum Difficulty
{
    /// <summary>Asks for one fact.</summary>
    [JsonStringEnumMemberName("kolay")]
    Easy,

    /// <summary>Asks for a procedure, or for related facts.</summary>
    [JsonStringEnumMemberName("orta")]
    Medium,

    /// <summary>Involves several conditions or several places.</summary>
    [JsonStringEnumMemberName("zor")]
    Hard,
}
