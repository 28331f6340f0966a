namespace TurkishLlm.Runs.Chains;

/// <summary>A step of a chain as <see cref="ChainRunner"/> sees it.</summary>
/// <param name="Name">Name of the step.</param>
/// <param name="Verb">Its action.</param>
/// <param name="Inputs">Paths that it reads.</param>
/// <param name="Outputs">Paths that it writes; the first one identifies the step.</param>
/// <param name="Options">Values that affect what it writes.</param>
/// <param name="Run">Runs the command and returns its exit code; 0 if the outputs are complete.</param>
public sealed record ChainJob(
    string Name, string Verb, IReadOnlyList<string> Inputs, IReadOnlyList<string> Outputs,
    IReadOnlyList<KeyValuePair<string, string>> Options, Func<CancellationToken, Task<int>> Run)
{
    /// <summary>Version of the outputs; another one makes them stale.</summary>
    public int Format { get; init; } = 1;

    /// <summary>True if the command resumes from what an interrupted one has written; false if that is deleted first.</summary>
    public bool ResumesOutput { get; init; } = true;

    /// <summary>True if the command updates its outputs in place; false if stale outputs are set aside first.</summary>
    public bool UpdatesOutput { get; init; }

    /// <summary>Returns the file or folder that a path means; null for the path itself.</summary>
    public Func<string, string>? Find { get; init; }
}

/// <summary>Whether a step must run.</summary>
/// <param name="Job">The step.</param>
/// <param name="Reasons">Why it must run; empty if it is up to date.</param>
/// <param name="Resumes">True if it was interrupted, with the same inputs and options.</param>
public sealed record StepStatus(ChainJob Job, IReadOnlyList<string> Reasons, bool Resumes)
{
    /// <summary>True if the step need not run.</summary>
    public bool IsUpToDate => Reasons.Count == 0;
}
