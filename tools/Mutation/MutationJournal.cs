using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using TurkishLlm.Tests.Shared;

namespace TurkishLlm.Tools.Mutation;

/// <summary>Records results as lines of JSON, so that an interrupted run can be resumed.</summary>
internal sealed class MutationJournal(string file)
{
    private readonly Lock _lock = new();

    /// <summary>Returns the last result of every mutation; omits those with a changed edit or source.</summary>
    public Dictionary<string, MutantResult> Read()
    {
        var trials = new Dictionary<string, MutantResult>(StringComparer.Ordinal);
        if (!File.Exists(file)) return trials;
        var current = MutationCatalog.All.ToDictionary(mutation => mutation.Id, DigestOf, StringComparer.Ordinal);
        foreach (var line in File.ReadLines(file).Where(line => line.EndsWith('}')))
        {
            var trial = JsonSerializer.Deserialize<MutantResult>(line)!;
            if (current.GetValueOrDefault(trial.Id) == trial.Digest) trials[trial.Id] = trial;
        }
        return trials;
    }

    public void Append(MutantResult trial)
    {
        lock (_lock)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.AppendAllText(file, JsonSerializer.Serialize(trial) + "\n");
        }
    }

    public void Clear() => File.Delete(file);

    /// <summary>Returns the hash of the source with the bug.</summary>
    public static string DigestOf(Mutation mutation) =>
        Convert.ToHexStringLower(
            SHA256.HashData(
                Encoding.UTF8.GetBytes(mutation.ApplyTo(File.ReadAllText(Path.Combine(Repository.Root, mutation.File))))))[..16];
}
