using System.Text.Json.Serialization;

namespace TurkishLlm.Synthesis.Generation;

/// <summary>How the bytes of a reply are stored in the journal.</summary>
public enum BodyEncoding
{
    /// <summary>As text.</summary>
    [JsonStringEnumMemberName("utf-8")]
    Utf8,

    /// <summary>As Base64, because the bytes are not UTF-8.</summary>
    Base64,
}
