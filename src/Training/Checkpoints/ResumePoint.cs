using TurkishLlm.Model;
using TurkishLlm.Runs;
using static System.FormattableString;

namespace TurkishLlm.Training.Checkpoints;

/// <summary>The checkpoint that a run resumes from: the newest of its folder, or a named one.</summary>
/// <param name="Checkpoint">The checkpoint; all its hashes match.</param>
public sealed record ResumePoint(Checkpoint Checkpoint)
{
    /// <summary>Steps taken.</summary>
    public long Step => Checkpoint.State.Step;

    /// <summary>Finds the checkpoint and checks all its hashes.</summary>
    /// <param name="run">The folder of the run.</param>
    /// <param name="checkpointPath">Folder of a checkpoint or of a run; null for the newest checkpoint of this run.</param>
    /// <returns>Null if no path is given and the run has no checkpoint.</returns>
    /// <exception cref="ConfigurationException">The run has checkpoints, and the given one is not among them.</exception>
    /// <exception cref="DirectoryNotFoundException">The folder does not exist.</exception>
    /// <exception cref="InvalidDataException">The checkpoint is damaged.</exception>
    public static ResumePoint? Find(RunFolder run, string? checkpointPath)
    {
        if (checkpointPath is null)
            return run.LatestCheckpointStep() is { } step
                ? new(TurkishLlm.Training.Checkpoints.Checkpoint.Open(run.CheckpointFolder(step)))
                : null;

        var checkpoint = TurkishLlm.Training.Checkpoints.Checkpoint.Open(
            TurkishLlm.Training.Checkpoints.Checkpoint.Find(checkpointPath) ?? checkpointPath);
        var ours = Path.GetFullPath(run.CheckpointFolder(checkpoint.State.Step)) == Path.GetFullPath(checkpoint.Folder);
        if (!ours && run.LatestCheckpointStep() is { } reached)
            throw new ConfigurationException(Invariant(
                $"{checkpoint.Folder} is not a checkpoint of the run in {run.FullPath}, which is at step ")
                    + Invariant($"{reached}. Resume that run with --resume auto, or choose another folder with run: in the ")
                    + "plan.");
        return new(checkpoint);
    }
}
