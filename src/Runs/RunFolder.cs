using System.Globalization;
using TurkishLlm.Model;
using TurkishLlm.Plans;
using TurkishLlm.Runs.Logs;

namespace TurkishLlm.Runs;

/// <summary>The folder of one run: where its files are, and which run may write to it.</summary>
public sealed class RunFolder
{
    private const string CheckpointPrefix = "step-";

    private RunFolder(string path) => FullPath = path;

    /// <summary>Where the folder is.</summary>
    public string FullPath { get; }

    /// <summary>The plan in effect.</summary>
    public string PlanFile => Path.Combine(FullPath, "plan.yaml");

    /// <summary>What the gate found before the run.</summary>
    public string GateFile => Path.Combine(FullPath, "gate.json");

    /// <summary>The numbers of every step; see <see cref="MetricsLog"/>.</summary>
    public string MetricsFile => Path.Combine(FullPath, "metrics.jsonl");

    /// <summary>What the model wrote on the way; see <see cref="SampleLog"/>.</summary>
    public string SamplesFile => Path.Combine(FullPath, "samples.jsonl");

    /// <summary>What happened besides steps; see <see cref="EventLog"/>.</summary>
    public string EventsFile => Path.Combine(FullPath, "events.jsonl");

    /// <summary>All of it for a reader; see <c>RunReport</c>.</summary>
    public string ReportFile => Path.Combine(FullPath, "report.html");

    /// <summary>Holds the folders of the checkpoints.</summary>
    public string CheckpointsFolder => Path.Combine(FullPath, "checkpoints");

    /// <summary>True while a process is training in the folder.</summary>
    public bool IsLocked
    {
        get
        {
            // The claim is a lock, which the system takes back however the process ends; the file alone says nothing.
            try
            {
                if (File.Exists(GetLockFile(FullPath))) File.Open(GetLockFile(FullPath), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete).Dispose();
                return false;
            }
            catch (Exception error) when (error is IOException and not FileNotFoundException)
            {
                return true;
            }
        }
    }

    /// <summary>What the plan of a resumed run says otherwise than the one it began with. The new plan is in effect.</summary>
    public IReadOnlyList<PlanDifference> PlanChanges { get; private init; } = [];

    /// <summary>Looks at a folder without writing to it.</summary>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    public static RunFolder OpenExisting(string path) =>
        Directory.Exists(path) ? new(path) : throw new DirectoryNotFoundException($"There is no run folder {path}.");

    /// <summary>The folder of a plan as it is, for a process that does not write to it.</summary>
    public static RunFolder ForPlan(TrainingPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        return new(plan.RunFolder);
    }

    /// <summary>Looks whether a plan can run in its folder, and changes nothing there.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="resume">True to go on in a folder that holds a run; false to refuse one.</param>
    /// <exception cref="ConfigurationException">The folder holds a run and is not resumed, or holds one of another model.</exception>
    /// <exception cref="IOException">The folder cannot be made or written to.</exception>
    public static RunFolder Check(TrainingPlan plan, bool resume)
    {
        ArgumentNullException.ThrowIfNull(plan);
        var earlier = LoadEarlierPlan(plan);
        var folder = new RunFolder(plan.RunFolder) { PlanChanges = earlier is null ? [] : plan.DifferencesFrom(earlier) };
        if (resume) folder.ThrowIfModelDiffers();
        else folder.ThrowIfRunExists(earlier);
        WithWriteErrors(plan, () => CheckWriteAccess(plan.RunFolder));
        return folder;
    }

    /// <summary>Makes the folder of a plan ready to be written to, and clears away what a killed run left half done.</summary>
    /// <param name="plan">The plan; written to <see cref="PlanFile"/>.</param>
    /// <param name="resume">True to go on in a folder that holds a run; false to refuse one.</param>
    /// <exception cref="ConfigurationException">The folder holds a run and is not resumed, or holds one of another model.</exception>
    /// <exception cref="IOException">The folder cannot be made or written to.</exception>
    public static RunFolder Open(TrainingPlan plan, bool resume)
    {
        var folder = Check(plan, resume);
        WithWriteErrors(plan, () =>
        {
            Directory.CreateDirectory(folder.CheckpointsFolder);
            AtomicDirectory.Recover(folder.CheckpointsFolder);
            WriteFile(folder.PlanFile, plan.ToYaml());
        });
        return folder;
    }

    /// <summary>Folder of the checkpoint after a step, such as <c>step-000100</c>.</summary>
    public string CheckpointFolder(long step) =>
        Path.Combine(CheckpointsFolder, string.Create(CultureInfo.InvariantCulture, $"{CheckpointPrefix}{step:D6}"));

    /// <summary>Steps of which there are checkpoints, ascending, by number.</summary>
    public IReadOnlyList<long> CheckpointSteps() => !Directory.Exists(CheckpointsFolder) ? [] :
    [
        .. Directory.EnumerateDirectories(CheckpointsFolder, CheckpointPrefix + "*").Select(ParseStep).OfType<long>().Order(),
    ];

    /// <summary>Step of the newest checkpoint; null where there is none.</summary>
    public long? LatestCheckpointStep() => CheckpointSteps() is [.., var latest] ? latest : null;

    /// <summary>Keeps what the gate found.</summary>
    /// <param name="json">The report of the gate.</param>
    /// <exception cref="IOException">The disk is full or the folder cannot be written to.</exception>
    public void WriteGate(string json) => WriteFile(GateFile, json);

    /// <summary>Deletes old checkpoints. The newest of all stays, whatever it is.</summary>
    /// <param name="keepCount">How many to keep of those that count, at least 1.</param>
    /// <param name="isCounted">False for the step of a checkpoint that stays only until the next, such as that of an interruption; null where all count.</param>
    /// <param name="bestStep">Step of a checkpoint that stays, however old; null for none.</param>
    public void DeleteOldCheckpoints(int keepCount, Func<long, bool>? isCounted = null, long? bestStep = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(keepCount, 1);
        var steps = CheckpointSteps();
        var kept = steps.Where(step => isCounted is null || isCounted(step)).TakeLast(keepCount).Concat(steps.TakeLast(1)).ToHashSet();
        foreach (var step in steps.Where(step => !kept.Contains(step) && step != bestStep)) Directory.Delete(CheckpointFolder(step), recursive: true);
    }

    /// <summary>Deletes the checkpoints after a step.</summary>
    public void DeleteCheckpointsAfter(long step)
    {
        foreach (var later in CheckpointSteps().Where(later => later > step)) Directory.Delete(CheckpointFolder(later), recursive: true);
    }

    /// <summary>Renames the checkpoints after a step, so that none of them is taken for the newest any more.</summary>
    /// <returns>Their new names.</returns>
    public IReadOnlyList<string> SetAsideCheckpointsAfter(long step) =>
    [
        .. CheckpointSteps().Where(later => later > step).Select(later =>
        {
            var folder = CheckpointFolder(later);
            var aside = Enumerable.Range(1, int.MaxValue).Select(n => FormattableString.Invariant($"{folder}.aside-{n}")).First(name => !Directory.Exists(name));
            Directory.Move(folder, aside);
            return aside;
        }),
    ];

    /// <summary>The file that a process holds as long as it trains in a folder.</summary>
    public static string GetLockFile(string runFolder) => Path.Combine(runFolder, ".claim");

    /// <summary>Writes a file wholly or not at all.</summary>
    /// <param name="path">The file.</param>
    /// <param name="text">Its content.</param>
    public static void WriteFile(string path, string text)
    {
        var partial = path + ".partial";
        File.WriteAllText(partial, text);
        DiskSync.FlushFile(partial);
        File.Move(partial, path, overwrite: true);
    }

    private static void WithWriteErrors(TrainingPlan plan, Action write)
    {
        try
        {
            write();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"The run folder {plan.RunFolder} cannot be written to: {error.Message} Make it writable, or choose another with run: in the plan.", error);
        }
    }

    // Writes to the folder, or to the nearest one above it that is there, and takes it back.
    private static void CheckWriteAccess(string path)
    {
        var folder = Path.GetFullPath(path);
        while (!Directory.Exists(folder) && !File.Exists(folder)) folder = Path.GetDirectoryName(folder)!;
        if (File.Exists(folder)) throw new IOException($"{folder} is a file.");
        FileStream probe;
        try
        {
            probe = new FileStream(Path.Combine(folder, $".probe-{Guid.NewGuid():N}"), FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0, FileOptions.DeleteOnClose);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"no file can be made in {folder}.", error);
        }
        using (probe) probe.WriteByte(0);
    }

    private static long? ParseStep(string folder) =>
        long.TryParse(Path.GetFileName(folder).AsSpan(CheckpointPrefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var step) ? step : null;

    private static TrainingPlan? LoadEarlierPlan(TrainingPlan plan)
    {
        var file = Path.Combine(plan.RunFolder, "plan.yaml");
        return File.Exists(file) ? TrainingPlan.Load(file, []) : null;
    }

    private void ThrowIfRunExists(TrainingPlan? earlier)
    {
        if (earlier is null) return;
        if (LatestCheckpointStep() is null && PlanChanges.Count == 0) return;

        var what = PlanChanges.Count > 0
            ? $"belongs to another plan ({string.Join("; ", PlanChanges.Take(3))}{(PlanChanges.Count > 3 ? "; …" : "")})"
            : FormattableString.Invariant($"holds a run that has reached step {LatestCheckpointStep()}");
        throw new ConfigurationException($"The run folder {FullPath} {what}. Go on with --resume auto, choose another name: or run: in the plan, or delete the folder.");
    }

    private void ThrowIfModelDiffers()
    {
        string[] sections = ["model.", "lora."], free = ["model.max_seq_len", "model.dropout", "lora.dropout"];
        var adapted = PlanChanges.Any(change => change.Key == "lora.rank" && (change.Before is null || change.After is null));
        var shapes = PlanChanges.Where(change => sections.Any(section => change.Key.StartsWith(section, StringComparison.Ordinal)) && (adapted || !free.Contains(change.Key))).ToArray();
        if (shapes.Length > 0)
            throw new ConfigurationException($"The run folder {FullPath} holds a run of another model ({string.Join("; ", shapes.AsEnumerable())}), which cannot be resumed with this plan. Choose another name: or run: in the plan.");
    }
}
