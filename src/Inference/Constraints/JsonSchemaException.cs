namespace TurkishLlm.Inference.Constraints;

/// <summary>A JSON Schema cannot be used for constrained decoding.</summary>
/// <param name="message">The problem and the nearest fix.</param>
/// <param name="path">Where it is, such as <c>properties.year.minimum</c>.</param>
public sealed class JsonSchemaException(string message, string path) : Exception(message)
{
    /// <summary>Where the problem is, such as <c>properties.year.minimum</c>; empty for the schema itself.</summary>
    public string Path => path;
}
