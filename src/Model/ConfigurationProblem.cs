namespace TurkishLlm.Model;

/// <summary>A problem of a configuration: the values, the rule and the nearest fix.</summary>
/// <param name="Message">Description for people; one or two sentences.</param>
/// <param name="Keys">The conflicting keys, such as <c>model.d_model</c>; the most likely culprit first.</param>
public sealed record ConfigurationProblem(string Message, params IReadOnlyList<string> Keys)
{
    /// <summary>Position in the file, such as <c>toy.yaml:12:3</c>; null if the configuration was not read from a file.</summary>
    public string? Location { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Location is null ? Message : $"{Location}: {Message}";
}
