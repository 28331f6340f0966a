namespace TurkishLlm.Spec.Chains;

/// <summary>Runs the copy steps of a folder with one of the mistakes of build tools.</summary>
internal sealed record CarelessChain
{
    /// <summary>Decides by the existence of the output instead of by a record.</summary>
    public bool TrustsExistence { get; init; }

    /// <summary>Decides by the times of files.</summary>
    public bool ComparesTimes { get; init; }

    /// <summary>Records options.</summary>
    public bool RecordsOptions { get; init; } = true;

    /// <summary>Records inputs that other steps write, not only sources.</summary>
    public bool RecordsOutputsOfOthers { get; init; } = true;

    /// <summary>Records sources.</summary>
    public bool RecordsSources { get; init; } = true;

    /// <summary>Compares outputs with what the step wrote.</summary>
    public bool ChecksOutputs { get; init; } = true;

    /// <summary>Records a step before its command runs.</summary>
    public bool RecordsEarly { get; init; }

    /// <summary>Runs all steps after one that runs.</summary>
    public bool RerunsFollowing { get; init; }

    /// <summary>Runs every step.</summary>
    public bool RunsAll { get; init; }

    public IReadOnlyList<string> Run(string folder, IReadOnlyDictionary<string, int> options, string? killed)
    {
        List<string> ran = [];
        foreach (var step in ChainCase.Steps)
        {
            var now = Describe(folder, step, options[step.Name]);
            if (!RunsAll && !(RerunsFollowing && ran.Count > 0) && IsUpToDate(folder, step, now)) continue;
            if (RecordsEarly) Record(folder, step, now);
            if (SubjectChain.Write(folder, step, options[step.Name], killed, ran) != 0)
            {
                if (!RecordsEarly) File.Delete(RecordOf(folder, step));
                break;
            }
            Record(folder, step, now);
        }
        return ran;
    }

    private bool IsUpToDate(string folder, CopyStep step, string now)
    {
        var output = Path.Combine(folder, step.Output);
        if (TrustsExistence) return File.Exists(output);
        if (ComparesTimes)
            return File.Exists(output) && step.Inputs.All(input =>
                File.GetLastWriteTimeUtc(Path.Combine(folder, input)) <= File.GetLastWriteTimeUtc(output));
        if (SubjectChain.TryRead(RecordOf(folder, step))?.Split('\n') is not [var made, var wrote] || made != now) return false;
        return RecordsEarly || !ChecksOutputs || SubjectChain.TryRead(output) == wrote;
    }

    private string Describe(string folder, CopyStep step, int option) => string.Concat(
        step.Inputs
            .Where(input => ChainCase.Sources.Contains(input) ? RecordsSources : RecordsOutputsOfOthers)
            .Select(input => SubjectChain.TryRead(Path.Combine(folder, input)) ?? "nothing"))
        + (RecordsOptions ? FormattableString.Invariant($"{option}") : "");

    private static void Record(string folder, CopyStep step, string now) => File.WriteAllText(
        RecordOf(folder, step), $"{now}\n{SubjectChain.TryRead(Path.Combine(folder, step.Output))}");

    private static string RecordOf(string folder, CopyStep step) => Path.Combine(folder, $"{step.Name}.record");
}
