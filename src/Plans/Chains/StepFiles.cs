namespace TurkishLlm.Plans.Chains;

/// <summary>Everything that decides whether a step is up to date.</summary>
/// <param name="Inputs">Files and folders that the step reads.</param>
/// <param name="Outputs">Files and folders that it writes; the first one identifies the step.</param>
/// <param name="Options">Values that affect what it writes: those of its plan, except those for display only.</param>
public sealed record StepFiles(
    IReadOnlyList<PlanInput> Inputs, IReadOnlyList<string> Outputs, IReadOnlyList<KeyValuePair<string, string>> Options)
{
    /// <summary>The paths of all inputs, each once.</summary>
    public IEnumerable<string> InputPaths => Inputs.SelectMany(input => input.Paths).Distinct(StringComparer.Ordinal);
}

/// <summary>Files and folders that a key of a plan names.</summary>
/// <param name="Key">Dotted name of the key, for example <c>data.shards</c>.</param>
/// <param name="Paths">The paths, as the plan has them.</param>
public sealed record PlanInput(string Key, IReadOnlyList<string> Paths);
