using System.Text.Json;
using System.Text.Json.Nodes;

namespace TurkishLlm.Synthesis.Generation;

/// <summary>
/// Parses bodies of services. Half of a surrogate pair in a text throws where the text is read, so that the cost beside it can
/// still be read.
/// </summary>
internal static class ServiceJson
{
#pragma warning disable RS0030 // StrictJson would refuse the whole body.
    /// <exception cref="JsonException">The text is not JSON.</exception>
    public static JsonDocument Parse(string text) => JsonDocument.Parse(text);

    /// <exception cref="JsonException">The text is not JSON.</exception>
    public static JsonNode? ParseNode(string text) => JsonNode.Parse(text);
#pragma warning restore RS0030
}
