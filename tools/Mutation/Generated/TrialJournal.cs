using System.Text.Json;

namespace TurkishLlm.Tools.Mutation.Generated;

/// <summary>Records trials as lines of JSON, so that an interrupted run can be resumed.</summary>
internal sealed class TrialJournal(string file)
{
    private readonly Lock _lock = new();

    /// <summary>Returns the last trial of every mutant, also those of sources that have changed since.</summary>
    public Dictionary<string, MutantTrial> Read()
    {
        var trials = new Dictionary<string, MutantTrial>(StringComparer.Ordinal);
        if (!File.Exists(file)) return trials;
        foreach (var line in File.ReadLines(file).Where(line => line.EndsWith('}')))
        {
            var trial = JsonSerializer.Deserialize<MutantTrial>(line)!;
            trials[trial.Key] = trial;
        }
        return trials;
    }

    /// <summary>Adds a trial.</summary>
    public void Append(MutantTrial trial)
    {
        lock (_lock)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.AppendAllText(file, JsonSerializer.Serialize(trial) + "\n");
        }
    }
}
