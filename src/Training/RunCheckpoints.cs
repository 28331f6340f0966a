using TurkishLlm.Plans;
using TurkishLlm.Runs;
using TurkishLlm.Runs.Logs;
using TurkishLlm.Training.Checkpoints;
using TurkishLlm.Training.Safety;

namespace TurkishLlm.Training;

/// <summary>Saves, verifies, deletes and restores the checkpoints of a run.</summary>
/// <remarks>All processes call it; only rank 0 writes.</remarks>
internal sealed class RunCheckpoints(
    TrainingPlan plan, Trainer trainer, RunFolder folder, RunEnvironment environment, ResumePoint? resumePoint)
{
    private readonly CheckpointDiskSpace _space = new(
        folder, CheckpointDiskSpace.EstimateSize(plan), plan.Checkpoints, environment.GetFreeBytes);

    // Only a checkpoint in the folder of this run counts as saved.
    private long _savedStep = resumePoint is not null
        && Path.GetFullPath(resumePoint.Checkpoint.Folder) == Path.GetFullPath(folder.CheckpointFolder(resumePoint.Step))
        ? resumePoint.Step : 0;

    private bool IsRankZero => environment.ProcessGroup.Context.Rank == 0;

    private long FirstPlannedStep => (plan.WarmStart?.Step ?? 0) + 1;

    private long? BestStep => plan.Checkpoints.KeepBest ? trainer.Best?.Step : null;

    /// <summary>True if the current step has a checkpoint.</summary>
    public bool IsSaved => trainer.Step == _savedStep;

    /// <summary>Returns true if the plan saves a checkpoint after a step that was just taken.</summary>
    public bool IsDue(long step) => IsPlanned(step) || step == BestStep;

    /// <summary>Returns a warning if the disk has no room for the checkpoints of the plan; null otherwise.</summary>
    public RunEvent? PredictShortage(long step) => IsRankZero ? _space.PredictShortage(step) : null;

    /// <summary>Saves the current step, after checking that all processes hold the same state.</summary>
    public void Save(IRunObserver? observer)
    {
        trainer.RequireSameState();
        if (IsRankZero) Write(observer);
        _savedStep = trainer.Step;
    }

    /// <summary>Saves the current step in rank 0 if it has no checkpoint, without involving the other processes.</summary>
    public void SaveWithoutOtherRanks(IRunObserver? observer)
    {
        if (IsRankZero && !IsSaved) Write(observer);
    }

    /// <summary>
    /// Reads the checkpoint of the first step back: hours later would be too late to learn that it cannot be read.
    /// </summary>
    /// <param name="step">The step that was just taken; all others are ignored.</param>
    /// <exception cref="InvalidDataException">The checkpoint cannot be read.</exception>
    public void VerifyFirst(long step)
    {
        if (!IsRankZero || step != FirstPlannedStep) return;
        try
        {
            Checkpoint.Open(folder.CheckpointFolder(step)).LoadParameters(plan.TrainedModel, TorchSharp.torch.CPU).Dispose();
        }
        catch (Exception error) when (error is IOException or InvalidDataException)
        {
            throw new InvalidDataException(
                $"Saving failed: the checkpoint of the first step cannot be read back. {error.Message} "
                + "Only that step is lost; write to another disk with run: in the plan.",
                error);
        }
    }

    /// <summary>
    /// Restores the newest good checkpoint and saves it again, because the skipped batches are now part of its state.
    /// </summary>
    /// <param name="divergence">The exception of the step.</param>
    /// <param name="metrics">The log to truncate; null in ranks other than 0.</param>
    /// <param name="samples">The log to truncate; null in ranks other than 0.</param>
    /// <param name="answers">The log to truncate; null in ranks other than 0.</param>
    /// <returns>False if there is no checkpoint.</returns>
    public bool TryRollBack(DivergenceException divergence, MetricsLog? metrics, SampleLog? samples, AnswerLog? answers)
    {
        // Rank 0 chooses: it may have checkpoints that the other ranks do not see yet.
        var good = environment.ProcessGroup.AllReduceSum(IsRankZero ? FindRollbackStep(divergence.Step) ?? 0 : 0);
        if (good == 0) return false;
        var checkpoint = folder.CheckpointFolder(good);
        trainer.RollBack(checkpoint, divergence);
        trainer.RequireSameState();       // all ranks have read the checkpoint before rank 0 replaces it
        _savedStep = good;
        if (!IsRankZero) return true;
        folder.DeleteCheckpointsAfter(good);
        metrics!.TruncateAfter(trainer.Step);
        samples!.TruncateAfter(trainer.Step);
        answers!.TruncateAfter(trainer.Step);
        _space.RequireSpace(checkpoint);
        trainer.Save(checkpoint);
        return true;
    }

    // The newest checkpoint from which at least one step was accepted: the weights of a later one may be the cause of the
    // divergence. Considers only checkpoints that a run has whether or not it was interrupted, so that the choice is the same.
    private long? FindRollbackStep(long divergedStep)
    {
        var saved = folder.CheckpointSteps().Where(IsDue).ToArray();
        return saved.Length == 0 ? null : saved.LastOrDefault(step => step < divergedStep - 1, saved[0]);
    }

    // Checkpoints that do not depend on interruptions or losses.
    private bool IsPlanned(long step) => step == FirstPlannedStep || step == plan.Training.Steps
        || (plan.Checkpoints.Every > 0 && step % plan.Checkpoints.Every == 0);

    private void Write(IRunObserver? observer)
    {
        var checkpoint = folder.CheckpointFolder(trainer.Step);
        _space.RequireSpace(checkpoint);
        trainer.Save(checkpoint);
        folder.DeleteOldCheckpoints(plan.Checkpoints.KeepLast, IsPlanned, BestStep);
        observer?.OnCheckpointSaved(checkpoint);
    }
}
