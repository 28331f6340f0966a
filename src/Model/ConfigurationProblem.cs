namespace TurkishLlm.Model;

/// <summary>One thing that is wrong with a configuration: the values, the rule and the nearest fix.</summary>
/// <param name="Message">For a reader; one or two sentences.</param>
/// <param name="Keys">The keys whose values disagree, such as <c>model.d_model</c>; the first is the one to look at.</param>
public sealed record ConfigurationProblem(string Message, params IReadOnlyList<string> Keys)
{
    /// <summary>Where it was written, such as <c>toy.yaml:12:3</c>; null where the configuration was not read from a file.</summary>
    public string? Location { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Location is null ? Message : $"{Location}: {Message}";
}
