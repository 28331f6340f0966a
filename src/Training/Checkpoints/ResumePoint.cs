using TurkishLlm.Model;
using TurkishLlm.Runs;

namespace TurkishLlm.Training.Checkpoints;

/// <summary>Where a run goes on: the newest checkpoint of its folder, or one that is named.</summary>
/// <param name="Checkpoint">The checkpoint; every hash is right.</param>
public sealed record ResumePoint(Checkpoint Checkpoint)
{
    /// <summary>Steps taken.</summary>
    public long Step => Checkpoint.State.Step;

    /// <summary>Finds it and checks every hash of it.</summary>
    /// <param name="run">The folder of the run.</param>
    /// <param name="checkpointPath">Folder of a checkpoint or of a run; null for the newest of this run.</param>
    /// <returns>Null where nothing is named and the run has no checkpoint.</returns>
    /// <exception cref="ConfigurationException">The run has checkpoints of its own, and the named one is none of them.</exception>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="InvalidDataException">The checkpoint is damaged.</exception>
    public static ResumePoint? Find(RunFolder run, string? checkpointPath)
    {
        if (checkpointPath is null) return run.LatestCheckpointStep() is { } step ? new(TurkishLlm.Training.Checkpoints.Checkpoint.Open(run.CheckpointFolder(step))) : null;

        var checkpoint = TurkishLlm.Training.Checkpoints.Checkpoint.Open(TurkishLlm.Training.Checkpoints.Checkpoint.Find(checkpointPath) ?? checkpointPath);
        var ours = Path.GetFullPath(run.CheckpointFolder(checkpoint.State.Step)) == Path.GetFullPath(checkpoint.Folder);
        if (!ours && run.LatestCheckpointStep() is { } reached)
            throw new ConfigurationException(FormattableString.Invariant(
                $"{checkpoint.Folder} is no checkpoint of the run in {run.FullPath}, which has reached step {reached} itself. Go on with that one with --resume auto, or choose another folder with run: in the plan."));
        return new(checkpoint);
    }
}
