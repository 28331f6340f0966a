namespace TurkishLlm.Spec.Chains;

/// <summary>Runs a step with one of the mistakes in the treatment of outputs that exist.</summary>
internal sealed record CarelessOutput
{
    /// <summary>Leaves stale outputs to the command.</summary>
    public bool KeepsStale { get; init; }

    /// <summary>Deletes stale outputs.</summary>
    public bool DeletesStale { get; init; }

    /// <summary>Deletes the output of an interrupted step.</summary>
    public bool BeginsAgain { get; init; }

    /// <summary>Takes outputs without a record for stale ones.</summary>
    public bool ReplacesUnexplained { get; init; }

    public bool Run(string folder, string output, Func<int> command)
    {
        var (path, record) = (Path.Combine(folder, output), Path.Combine(folder, "records"));
        var now = SubjectChain.TryRead(Path.Combine(folder, ChainOutputSpec.Input));
        var before = SubjectChain.TryRead(record);
        if (Path.Exists(path))
        {
            if (before is null && !ReplacesUnexplained) return false;
            if (before == $"started {now}")
            {
                if (BeginsAgain) Remove(path);
            }
            else if (DeletesStale) Remove(path);
            else if (!KeepsStale) Directory.Move(path, $"{path}.aside-1");
        }
        File.WriteAllText(record, $"started {now}");
        if (command() == 0) File.WriteAllText(record, $"done {now}");
        return true;
    }

    private static void Remove(string path)
    {
        if (File.Exists(path)) File.Delete(path);
        else Directory.Delete(path, recursive: true);
    }
}
