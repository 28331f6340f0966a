using TurkishLlm.Model;
using TurkishLlm.Plans;
using TurkishLlm.Runs;
using TurkishLlm.Spec.Kernel;
using TurkishLlm.Training.Checkpoints;
using TurkishLlm.Training.Objectives;

namespace TurkishLlm.Cli.Training;

/// <summary>
/// Looks at what a plan names before the gate judges it: a missing folder is one message within a second, not dozens of
/// requirements that do not hold. Decides nothing that the gate decides.
/// </summary>
internal static class Preflight
{
    /// <summary>All that a run reads and writes.</summary>
    /// <param name="plan">The run.</param>
    /// <param name="resume">True to go on with a run.</param>
    /// <param name="from">The checkpoint to go on from in place of the newest.</param>
    /// <param name="writes">False for a process that only reads: of several, all but rank 0.</param>
    /// <returns>The step that the run goes on after; null where it begins.</returns>
    /// <exception cref="ConfigurationException">The folder holds another run, or the machine has no such device.</exception>
    /// <exception cref="IOException">A file or folder is missing, or the run folder cannot be written to.</exception>
    /// <exception cref="InvalidDataException">A file is damaged, or the shards were made with another tokenizer, or are not those of the checkpoint.</exception>
    public static long? Run(TrainingPlan plan, bool resume, string? from, bool writes = true)
    {
        var folder = writes ? RunFolder.Check(plan, resume) : RunFolder.ForPlan(plan);
        using var conditions = new Conditions(plan);      // device, tokenizer and shards, as the gate opens them
        var point = resume ? ResumePoint.Find(folder, from) : null;
        point?.Checkpoint.RequireData(conditions.Data);
        point?.Checkpoint.RequireExamples(plan);
        // An adapter is nothing without the weights it was trained on.
        if (plan.WarmStart is { } start && (point is null || plan.Lora is not null)) WeightLoader.Open(start.Checkpoint).RequireTokenizer(conditions.Data, start.GrowVocabulary ? conditions.Tokenizer : null);
        if (plan.Preference is not null) ITrainingData.Open(plan).Dispose();
        return point?.Step;
    }
}
