using System.Globalization;
using TurkishLlm.Files;
using TurkishLlm.Plans;
using TurkishLlm.Runs;
using TurkishLlm.Runs.Logs;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Training;
using TurkishLlm.Training.Checkpoints;

namespace TurkishLlm.Spec.Training;

/// <summary>A short run that is asked tasks.</summary>
/// <param name="Steps">Steps of the run.</param>
/// <param name="Every">Steps between two measurements.</param>
/// <param name="Dropout">Dropout of the model.</param>
public sealed record TaskRunCase(int Steps, int Every, double Dropout);

/// <summary>Tasks do not change a run: EVL-39.</summary>
public static class TaskRunSpec
{
    /// <summary>EVL-39.</summary>
    public static readonly Requirement<TaskRunCase, RunTraining> EVL_39_TasksChangeNothing = new()
    {
        Id = "EVL-39",
        Statement = "A run that is asked tasks has the losses, the gradient norms, the final weights and the moments of a run "
            + "without tasks, bit for bit.",
        Source = "BUG-GEN-11, BUG-EVL-04: hendrycks/ethics #5, mmd #14; GEN-11",
        CanonicalCases = [new(5, 1, 0.2), new(4, 2, 0.5)],
        CanonicalConditions = at => at.WithSmallVocabulary,
        Subject = (c, _) => plan => Trace(plan, c),
        Holds = (train, c, at) =>
        {
            var plan = ResumeSpec.Plan(at, new InterruptedRunCase($"{c.Steps}", c.Dropout, Accumulation: 2)) with
            {
                Evaluation = new EvaluationPlan(Every: 2, Windows: 2),
                Samples = new SamplePlan { Every = 0 },
            };
            plan = plan with
            {
                Training = plan.Training with { Steps = c.Steps }, Model = plan.Model.With(maxSeqLen: 64),
                Checkpoints = new CheckpointPlan(Every: 0),
            };
            return Verdict.SameElements(Trace(plan, c with { Every = 0 }), train(plan), "losses and norms, then hashes");
        },
        Impostors = new()
        {
            ["dropout stays off after a task"] = (c, _) => plan =>
                Trace(plan with { Model = plan.Model.With(dropout: 0) }, c),
            ["a task draws from the random stream of the run"] = (c, _) => plan => Trace(plan with { Seed = plan.Seed + 1 }, c),
            ["the rows of a task are learned"] = (c, _) => plan => Trace(
                plan with { Optimizer = plan.Optimizer with { LearningRate = plan.Optimizer.LearningRate * 1.001 } }, c),
            ["a task counts as a step"] = (c, _) => plan => [.. Trace(plan, c).Skip(1)],
        },
    };

    /// <summary>All requirements of this class.</summary>
    public static IReadOnlyList<Requirement> All => [EVL_39_TasksChangeNothing];

    // Losses and norms of all steps, then the hashes of the files of the last checkpoint.
    private static List<string> Trace(TrainingPlan plan, TaskRunCase c)
    {
        var scratch = Directory.CreateTempSubdirectory("turkishllm-tasks-");
        try
        {
            plan = plan with { RunFolder = Path.Combine(scratch.FullName, "run") };
            if (c.Every > 0) plan = WithTask(plan, c, Path.Combine(scratch.FullName, "gold.jsonl"));
            using (var run = TrainingRun.Open(new Clearance(plan, reportJson: "{}", digest: "", 0), resume: false)) run.Train();
            var folder = RunFolder.OpenExisting(plan.RunFolder);
            var state = Checkpoint.Open(folder.CheckpointFolder(plan.Training.Steps)).State;
            return
            [
                .. MetricsLog.Read(folder.MetricsFile)
                    .SelectMany(line => new[] { line.Loss, line.GradientNorm, line.ValidationLoss ?? 0 })
                    .Select(value => value.ToString("R", CultureInfo.InvariantCulture)),
                state.Sha256["model.safetensors"], state.Sha256["optimizer.safetensors"],
            ];
        }
        finally
        {
            scratch.Delete(recursive: true);
        }
    }

    private static TrainingPlan WithTask(TrainingPlan plan, TaskRunCase c, string file)
    {
        AtomicFile.WriteAllText(file, """
            {"question": "Ad?", "answer": "ID", "choices": ["ID", "is"]}
            {"question": "Ne?", "answer": "i"}
            {"question": "Kim?", "answer": "o", "context": "o ve u"}
            """);
        return plan with
        {
            Evaluation = plan.Evaluation with { Tasks = [new("gold", [file]) { Every = c.Every, MaxTokens = 3, FewShot = 1 }] },
        };
    }
}
