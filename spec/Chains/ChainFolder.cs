namespace TurkishLlm.Spec.Chains;

/// <summary>A temporary folder in which a chain of <see cref="CopyStep"/> runs, and what its files should contain.</summary>
internal sealed class ChainFolder : IDisposable
{
    private readonly Dictionary<string, string> _files = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _made = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _options = ChainCase.Steps.ToDictionary(step => step.Name, _ => 0);
    private int _changes;

    public ChainFolder()
    {
        foreach (var source in ChainCase.Sources) Write(source, $"{source} 0;");
    }

    /// <summary>Path of the folder.</summary>
    public string Location { get; } = Directory.CreateTempSubdirectory("turkishllm-chain-").FullName;

    /// <summary>Options of the steps.</summary>
    public IReadOnlyDictionary<string, int> Options => _options;

    /// <summary>What a step writes with the files as they are.</summary>
    public static string Compute(CopyStep step, int option, Func<string, string> read) =>
        FormattableString.Invariant($"{step.Name}/{option}({string.Concat(step.Inputs.Select(read))});");

    /// <summary>Applies an event other than a run.</summary>
    public void Apply(ChainEvent what)
    {
        _changes++;
        switch (what)
        {
            case ChainEvent.Change change:
                Write(change.File, FormattableString.Invariant($"{change.File} {_changes};"));
                File.SetLastWriteTimeUtc(Path.Combine(Location, change.File), DateTime.UnixEpoch.AddYears(50));
                break;
            case ChainEvent.Touch touch:
                Write(touch.File, _files[touch.File]);
                File.SetLastWriteTimeUtc(Path.Combine(Location, touch.File), DateTime.UnixEpoch.AddYears(100));
                break;
            case ChainEvent.Option option:
                _options[option.Step]++;
                break;
            case ChainEvent.Delete delete:
                File.Delete(Path.Combine(Location, delete.File));
                _ = _files.Remove(delete.File);
                break;
        }
    }

    /// <summary>Returns the steps that must run, and records what they write.</summary>
    /// <param name="killed">Step in which the process is killed; null for none.</param>
    public IReadOnlyList<string> Expect(string? killed)
    {
        List<string> expected = [];
        foreach (var step in ChainCase.Steps)
        {
            var output = Compute(step, _options[step.Name], input => _files.GetValueOrDefault(input, ""));
            if (_made.GetValueOrDefault(step.Name) == output && _files.GetValueOrDefault(step.Output) == output) continue;
            expected.Add(step.Name);
            if (step.Name == killed)
            {
                _ = _made.Remove(step.Name);
                break;
            }
            (_made[step.Name], _files[step.Output]) = (output, output);
        }
        return expected;
    }

    /// <summary>Compares the outputs with what they should contain.</summary>
    public IEnumerable<Verdict> CompareOutputs() => ChainCase.Steps.Select(step => Verdict.Equal(
        _files[step.Output], SubjectChain.TryRead(Path.Combine(Location, step.Output)) ?? "nothing", step.Output));

    public void Dispose() => Directory.Delete(Location, recursive: true);

    private void Write(string file, string text)
    {
        _files[file] = text;
        File.WriteAllText(Path.Combine(Location, file), text);
    }
}
