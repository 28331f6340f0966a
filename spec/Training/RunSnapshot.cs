using System.Globalization;
using TurkishLlm.Plans;
using TurkishLlm.Runs;
using TurkishLlm.Runs.Logs;

namespace TurkishLlm.Spec.Training;

/// <summary>The files of a run at one moment: what remains if the process is killed then.</summary>
/// <param name="Name">The moment, such as <c>step 3</c>; moments that occur again are numbered.</param>
/// <param name="Files">Contents by relative path.</param>
public sealed record RunSnapshot(string Name, IReadOnlyDictionary<string, byte[]> Files)
{
    private const double LongTime = 1e6;

    private IEnumerable<string> States => Files.Keys.Where(name => Path.GetFileName(name) == "state.json");

    /// <summary>Copies a run folder into memory.</summary>
    /// <param name="name">The moment.</param>
    /// <param name="folder">The run folder; a process may be training in it.</param>
    /// <param name="earlier">An earlier snapshot, to share unchanged contents with; null for none.</param>
    public static RunSnapshot Take(string name, string folder, RunSnapshot? earlier)
    {
        var lockFile = RunFolder.GetLockFile(folder);
        return new(
            name,
            Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Where(file => file != lockFile).ToDictionary(
                file => Path.GetRelativePath(folder, file),
                file =>
                {
                    var content = File.ReadAllBytes(file);
                    return earlier?.Files.GetValueOrDefault(Path.GetRelativePath(folder, file)) is { } known
                        && known.AsSpan().SequenceEqual(content) ? known : content;
                },
                StringComparer.Ordinal));
    }

    /// <summary>
    /// Writes the files to a new folder, as if the run had been started there. The checkpoints get a long training time, because
    /// with the few milliseconds of a test a loss of time might not show.
    /// </summary>
    /// <param name="folder">The new folder.</param>
    /// <param name="plan">The plan of the run; saved with the new folder in place of its own.</param>
    /// <returns>The plan with the new folder.</returns>
    public TrainingPlan WriteTo(string folder, TrainingPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        foreach (var (name, content) in Files)
        {
            var file = Path.Combine(folder, name);
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllBytes(file, content);
        }
        foreach (var state in States)
            CheckpointFields.Alter(Path.Combine(folder, Path.GetDirectoryName(state)!), "seconds", LongTime);
        var moved = plan with { RunFolder = folder };
        File.WriteAllText(RunFolder.OpenExisting(folder).PlanFile, moved.ToYaml());
        return moved;
    }

    /// <summary>Describes the first difference of a resumed run from the uninterrupted one; null if it is equal.</summary>
    /// <param name="whole">Files of the uninterrupted run, see <see cref="RunFiles"/>.</param>
    /// <param name="folder">Folder of the run that was resumed from this snapshot.</param>
    public string? FindDifference(IReadOnlyList<string> whole, string folder)
    {
        if (RunFiles.FindDifference(whole, RunFiles.Read(folder)) is { } difference) return difference;
        var saved = States.Select(name => Path.GetFileName(Path.GetDirectoryName(name)!)["step-".Length..])
            .Select(step => long.Parse(step, CultureInfo.InvariantCulture)).DefaultIfEmpty().Max();
        var last = MetricsLog.Read(RunFolder.OpenExisting(folder).MetricsFile).Last();
        return saved > 0 && last.Step > saved && last.Seconds < LongTime
            ? FormattableString.Invariant($"training time at the end is {last.Seconds:G4}, less than the {LongTime:G4} before")
            : null;
    }
}
