using TurkishLlm.Model;
using TurkishLlm.Plans;
using TurkishLlm.Runs;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Training.Checkpoints;
using TurkishLlm.Training.Objectives;
using TurkishLlm.Training.Validation;

namespace TurkishLlm.Cli.Training;

/// <summary>
/// Checks the files and folders of a plan before the gate runs: a missing folder is one error within a second instead of
/// dozens of failed requirements. Checks nothing that the gate checks.
/// </summary>
internal static class Preflight
{
    /// <summary>Checks everything that a run reads and writes.</summary>
    /// <param name="plan">Plan of the run.</param>
    /// <param name="resume">True to resume a run.</param>
    /// <param name="from">Checkpoint to resume from; null for the newest.</param>
    /// <param name="writes">False for a rank that only reads, that is, every rank but 0.</param>
    /// <returns>The step of the checkpoint; null for a new run.</returns>
    /// <exception cref="ConfigurationException">The folder contains another run, or the machine lacks the device.</exception>
    /// <exception cref="IOException">A file or folder is missing, or the run folder is not writable.</exception>
    /// <exception cref="InvalidDataException">
    /// A file is damaged, or the shards do not match the tokenizer or the checkpoint.
    /// </exception>
    public static long? Run(TrainingPlan plan, bool resume, string? from, bool writes = true)
    {
        var folder = writes ? RunFolder.Check(plan, resume) : RunFolder.ForPlan(plan);
        using var conditions = new RunConditions(plan);      // device, tokenizer and shards, as the gate opens them
        var point = resume ? ResumePoint.Find(folder, from) : null;
        point?.Checkpoint.RequireSeed(plan);
        point?.Checkpoint.RequireData(conditions.Data);
        point?.Checkpoint.RequireExamples(plan);
        // A resumed adapter needs its base weights.
        if (plan.WarmStart is { } start && (point is null || plan.Lora is not null))
        {
            var weights = WeightLoader.Open(start.Checkpoint);
            weights.RequireTokenizer(conditions.Data, start.GrowVocabulary ? conditions.Tokenizer : null);
            weights.RequireTemplate(plan.ChatTemplate);
        }
        TaskEvaluator.Open(plan, conditions.Tokenizer);
        if (plan.Preference is not null || plan.Grpo is not null) ITrainingData.Open(plan).Dispose();
        return point?.Step;
    }
}
