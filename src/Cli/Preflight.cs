using TurkishLlm.Model;
using TurkishLlm.Spec;
using TurkishLlm.Training;

namespace TurkishLlm.Cli;

/// <summary>
/// Looks at what a plan names before the gate judges it: a missing folder is one message within a second, not dozens of
/// requirements that do not hold. Decides nothing that the gate decides.
/// </summary>
internal static class Preflight
{
    /// <summary>All that a run reads and writes.</summary>
    /// <returns>The step that the run goes on after; null where it begins.</returns>
    /// <exception cref="ConfigurationException">The folder holds another run, or the machine has no such device.</exception>
    /// <exception cref="IOException">A file or folder is missing, or the run folder cannot be written to.</exception>
    /// <exception cref="InvalidDataException">A file is damaged, or the shards were made with another tokenizer.</exception>
    public static long? Run(TrainingPlan plan, bool resume)
    {
        var folder = RunFolder.Check(plan, resume);
        new Conditions(plan).Dispose();      // device, tokenizer and shards, as the gate opens them
        var reached = resume ? folder.LatestCheckpointStep() : null;
        if (reached is { } step) _ = Checkpoint.Open(folder.CheckpointFolder(step));
        if (plan.Start is { } start && (reached is null || plan.Lora is not null)) _ = Checkpoint.Open(start.Checkpoint);
        if (plan.Preference is not null) ITrainingData.Open(plan).Dispose();
        return reached;
    }
}
