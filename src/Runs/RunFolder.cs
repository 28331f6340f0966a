using System.Globalization;
using TurkishLlm.Files;
using TurkishLlm.Model;
using TurkishLlm.Plans;
using TurkishLlm.Runs.Logs;
using static System.FormattableString;

namespace TurkishLlm.Runs;

/// <summary>The folder of a run: paths of its files, and checks of whether a plan may use it.</summary>
public sealed class RunFolder
{
    private const string CheckpointPrefix = "step-";

    private RunFolder(string path) => FullPath = path;

    /// <summary>The path of the folder.</summary>
    public string FullPath { get; }

    /// <summary>The plan of the run.</summary>
    public string PlanFile => Path.Combine(FullPath, "plan.yaml");

    /// <summary>The gate report of the run.</summary>
    public string GateFile => Path.Combine(FullPath, "gate.json");

    /// <summary>The metrics of every step; see <see cref="MetricsLog"/>.</summary>
    public string MetricsFile => Path.Combine(FullPath, "metrics.jsonl");

    /// <summary>Text generated during training; see <see cref="SampleLog"/>.</summary>
    public string SamplesFile => Path.Combine(FullPath, "samples.jsonl");

    /// <summary>The worst answers to tasks; see <see cref="AnswerLog"/>.</summary>
    public string AnswersFile => Path.Combine(FullPath, "answers.jsonl");

    /// <summary>Events other than steps; see <see cref="EventLog"/>.</summary>
    public string EventsFile => Path.Combine(FullPath, "events.jsonl");

    /// <summary>The metrics as a table, with <c>logging: [csv]</c>; see <see cref="OtherLogs"/>.</summary>
    public string CsvFile => Path.Combine(FullPath, "metrics.csv");

    /// <summary>Event files, with <c>logging: [tensorboard]</c>; see <see cref="OtherLogs"/>.</summary>
    public string TensorBoardFolder => Path.Combine(FullPath, "tensorboard");

    /// <summary>The HTML report; see <c>RunReport</c>.</summary>
    public string ReportFile => Path.Combine(FullPath, "report.html");

    /// <summary>Folder of the checkpoints.</summary>
    public string CheckpointsFolder => Path.Combine(FullPath, "checkpoints");

    /// <summary>True while a process trains in the folder.</summary>
    public bool IsLocked => IsHeld(GetLockFile(FullPath));

    /// <summary>True while a process opens the gate, before it trains in the folder.</summary>
    public bool IsAtGate => IsGateOpening(FullPath);

    /// <summary>Differences between the plan of a resumed run and the plan it started with. The new plan is in effect.</summary>
    public IReadOnlyList<PlanDifference> PlanChanges { get; private init; } = [];

    /// <summary>Opens an existing folder without writing to it.</summary>
    /// <exception cref="DirectoryNotFoundException">The folder does not exist.</exception>
    public static RunFolder OpenExisting(string path) =>
        Directory.Exists(path) ? new(path) : throw new DirectoryNotFoundException($"There is no run folder {path}.");

    /// <summary>Returns the folder of a plan, for a process that does not write to it.</summary>
    public static RunFolder ForPlan(TrainingPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        return new(plan.RunFolder);
    }

    /// <summary>Checks that a plan can run in its folder, without changing anything.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="resume">True if the folder may hold the run to resume; false if it must not hold a run.</param>
    /// <exception cref="ConfigurationException">
    /// The folder holds a run that is not resumed, or a run of another model.
    /// </exception>
    /// <exception cref="IOException">The folder cannot be created or written to.</exception>
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

    /// <summary>Prepares the folder of a plan for writing, and removes leftovers of a killed run.</summary>
    /// <param name="plan">The plan; written to <see cref="PlanFile"/>.</param>
    /// <param name="resume">True if the folder may hold the run to resume; false if it must not hold a run.</param>
    /// <exception cref="ConfigurationException">
    /// The folder holds a run that is not resumed, or a run of another model.
    /// </exception>
    /// <exception cref="IOException">The folder cannot be created or written to.</exception>
    public static RunFolder Open(TrainingPlan plan, bool resume)
    {
        var folder = Check(plan, resume);
        WithWriteErrors(plan, () =>
        {
            LinkTarget.CreateDirectory(folder.CheckpointsFolder);
            AtomicDirectory.Recover(folder.CheckpointsFolder);
            WriteFile(folder.PlanFile, plan.ToYaml());
        });
        return folder;
    }

    /// <summary>Returns the folder of the checkpoint after a step, such as <c>step-000100</c>.</summary>
    public string CheckpointFolder(long step) =>
        Path.Combine(CheckpointsFolder, string.Create(CultureInfo.InvariantCulture, $"{CheckpointPrefix}{step:D6}"));

    /// <summary>Returns the steps with checkpoints, ascending.</summary>
    public IReadOnlyList<long> CheckpointSteps() => !Directory.Exists(CheckpointsFolder) ? [] :
    [
        .. Directory.EnumerateDirectories(CheckpointsFolder, CheckpointPrefix + "*").Select(ParseStep).OfType<long>().Order(),
    ];

    /// <summary>Returns the step of the newest checkpoint, or null.</summary>
    public long? LatestCheckpointStep() => CheckpointSteps() is [.., var latest] ? latest : null;

    /// <summary>
    /// Returns the run folder that a path means: the folder of one of its files, such as <c>plan.yaml</c>, or the run of its
    /// folder of checkpoints. Other paths are returned unchanged.
    /// </summary>
    public static string ResolvePath(string path)
    {
        var folder = FolderPath.Resolve(
            path, "plan.yaml", "gate.json", "metrics.jsonl", "events.jsonl", "samples.jsonl", "answers.jsonl", "machines.jsonl",
            "report.html", "metrics.csv");
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        return Path.GetFileName(full) == "checkpoints" && Path.GetDirectoryName(full) is { } run
            && File.Exists(Path.Combine(run, "plan.yaml"))
            ? Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(folder)) is { Length: > 0 } given ? given : run
            : folder;
    }

    /// <summary>Saves the gate report.</summary>
    /// <param name="json">The report as JSON.</param>
    /// <exception cref="IOException">The disk is full or the folder cannot be written to.</exception>
    public void WriteGate(string json) => WriteFile(GateFile, json);

    /// <summary>Deletes old checkpoints, but never the newest.</summary>
    /// <param name="keepCount">Number of counted checkpoints to keep, at least 1.</param>
    /// <param name="isCounted">
    /// Returns false for steps of temporary checkpoints, such as that of an interruption, which are deleted after the next one;
    /// null if all count.
    /// </param>
    /// <param name="bestStep">Step of a checkpoint to keep in any case; null for none.</param>
    public void DeleteOldCheckpoints(int keepCount, Func<long, bool>? isCounted = null, long? bestStep = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(keepCount, 1);
        var steps = CheckpointSteps();
        var kept = steps
            .Where(step => isCounted is null || isCounted(step))
            .TakeLast(keepCount)
            .Concat(steps.TakeLast(1))
            .ToHashSet();
        foreach (var step in steps.Where(step => !kept.Contains(step) && step != bestStep))
            Directory.Delete(CheckpointFolder(step), recursive: true);
    }

    /// <summary>Deletes the checkpoints after a step.</summary>
    public void DeleteCheckpointsAfter(long step)
    {
        foreach (var later in CheckpointSteps().Where(later => later > step))
            Directory.Delete(CheckpointFolder(later), recursive: true);
    }

    /// <summary>Renames the checkpoints after a step, so that none of them counts as the newest.</summary>
    /// <returns>Their new names.</returns>
    public IReadOnlyList<string> SetAsideCheckpointsAfter(long step) =>
    [
        .. CheckpointSteps().Where(later => later > step).Select(later =>
        {
            var folder = CheckpointFolder(later);
            var aside = Enumerable
                .Range(1, int.MaxValue)
                .Select(n => Invariant($"{folder}.aside-{n}"))
                .First(name => !Directory.Exists(name));
            Directory.Move(folder, aside);
            return aside;
        }),
    ];

    /// <summary>Returns the lock file that a process holds while it trains in a folder.</summary>
    public static string GetLockFile(string runFolder) => Path.Combine(runFolder, ".lock");

    /// <summary>Returns true while a process opens the gate for a run of a folder, which may not have a plan yet.</summary>
    public static bool IsGateOpening(string runFolder) => IsHeld(GetGateLockFile(runFolder));

    /// <summary>Returns the lock file that a process holds while it opens the gate for a run of a folder.</summary>
    public static string GetGateLockFile(string runFolder) => Path.Combine(runFolder, ".gate");

    /// <summary>Writes a file atomically.</summary>
    /// <param name="path">The file.</param>
    /// <param name="text">Its content.</param>
    public static void WriteFile(string path, string text)
    {
        AtomicFile.WriteAllText(path, text);
    }

    // A lock is held by the process and released by the system; the existence of the file alone means nothing.
    private static bool IsHeld(string file)
    {
        try
        {
            if (File.Exists(file))
                File.Open(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete).Dispose();
            return false;
        }
        catch (Exception error) when (error is IOException and not FileNotFoundException)
        {
            return true;
        }
    }

    private static void WithWriteErrors(TrainingPlan plan, Action write)
    {
        try
        {
            write();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"The run folder {plan.RunFolder} cannot be written to: {error.Message} "
                + "Make it writable, or choose another one with run: in the plan.", error);
        }
    }

    // Creates a temporary file in the folder, or in its nearest existing parent, and deletes it.
    private static void CheckWriteAccess(string path)
    {
        var folder = LinkTarget.Resolve(Path.GetFullPath(path));
        while (!Directory.Exists(folder) && !File.Exists(folder)) folder = LinkTarget.Resolve(Path.GetDirectoryName(folder)!);
        if (File.Exists(folder)) throw new IOException($"{folder} is a file.");
        FileStream probe;
        try
        {
            probe = new FileStream(
                Path.Combine(folder, $".probe-{Guid.NewGuid():N}"), FileMode.CreateNew, FileAccess.Write, FileShare.None,
                bufferSize: 0, FileOptions.DeleteOnClose);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"no file can be created in {folder}.", error);
        }
        using (probe) probe.WriteByte(0);
    }

    private static long? ParseStep(string folder) =>
        long.TryParse(
            Path.GetFileName(folder).AsSpan(CheckpointPrefix.Length), NumberStyles.None, CultureInfo.InvariantCulture,
            out var step)
            ? step
            : null;

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
            : Invariant($"holds a run at step {LatestCheckpointStep()}");
        throw new ConfigurationException($"The run folder {FullPath} {what}. "
            + "Resume it with --resume auto, choose another name: or run: in the plan, or delete the folder.");
    }

    private void ThrowIfModelDiffers()
    {
        if (PlanChanges.FirstOrDefault(change => change.Key == "optimizer.kind") is { } kind)
            throw new ConfigurationException($"The run folder {FullPath} holds a run of another optimizer ({kind}), and its "
                + "checkpoints have no state for this one. Choose another name: or run: in the plan, and start from its weights "
                + $"with --init-from {FullPath}.");
        string[] sections = ["model.", "lora."], free = ["model.max_seq_len", "model.dropout", "lora.dropout"];
        var adapted = PlanChanges.Any(change => change.Key == "lora.rank" && (change.Before is null || change.After is null));
        var shapes = PlanChanges
            .Where(change =>
                sections.Any(section => change.Key.StartsWith(section, StringComparison.Ordinal))
                && (adapted || !free.Contains(change.Key)))
            .ToArray();
        if (shapes.Length > 0)
            throw new ConfigurationException($"The run folder {FullPath} holds a run of another model "
                + $"({string.Join("; ", shapes.AsEnumerable())}), "
                + "which this plan cannot resume. Choose another name: or run: in the plan.");
    }
}
