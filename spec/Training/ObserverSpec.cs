using TurkishLlm.Inference.Generation;
using TurkishLlm.Plans;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Tokenization;
using TurkishLlm.Training;
using TurkishLlm.Training.Checkpoints;

namespace TurkishLlm.Spec.Training;

/// <summary>A short run with observations between its steps: the model generates a sample and is evaluated.</summary>
/// <param name="Steps">Steps of the run.</param>
/// <param name="Every">Steps between two observations.</param>
/// <param name="Dropout">Dropout of the model.</param>
public sealed record ObserverCase(int Steps, int Every, double Dropout);

/// <summary>Observing a run does not change it: GEN-11.</summary>
public static class ObserverSpec
{
    /// <summary>GEN-11.</summary>
    public static readonly Requirement<ObserverCase, RunTraining> GEN_11_LookingChangesNothing = new()
    {
        Id = "GEN-11",
        Statement = "A run that generates samples and is evaluated between its steps has the losses and final weights of a run "
            + "that is not observed, bit for bit.",
        Source = "BUG-GEN-11, BUG-EVL-04: hendrycks/ethics #5, mmd #14",
        CanonicalCases = [new(5, 1, 0.2), new(4, 2, 0.5)],
        CanonicalConditions = at => at.WithSmallVocabulary,
        Subject = (c, at) => plan => Trace(plan, c, (trainer, _, _) =>
        {
            Observe(trainer, at);
            return trainer;
        }),
        Holds = (train, c, at) =>
        {
            var plan = ResumeSpec.Plan(at, new InterruptedRunCase($"{c.Steps}", c.Dropout, Accumulation: 2));
            return Verdict.SameElements(Trace(plan, c, (trainer, _, _) => trainer), train(plan), "loss, then hash of weights");
        },
        Impostors = new()
        {
            ["dropout stays off after the first observation"] = (c, at) =>
                plan =>
                    Trace(plan, c, (trainer, clearance, folder) =>
                        SaveAndRestart(trainer, folder, () =>
                Trainer.Resume(
                    new Clearance(clearance.Plan with { Model = clearance.Plan.Model.With(dropout: 0) }, "{}", "", 0),
                    folder))),
            ["the sample uses the random stream of the run"] = (c, at) =>
                plan =>
                    Trace(plan, c, (trainer, clearance, folder) =>
                        SaveAndRestart(trainer, folder, () => ResumeSpec.Restart(
                            new Clearance(clearance.Plan with { Seed = clearance.Plan.Seed + 1 }, "{}", "", 0),
                            folder, trainer.Step, keepOptimizer: true))),
            ["the observation counts as a step"] = (c, at) =>
                plan =>
                    Trace(plan, c, (trainer, clearance, folder) =>
                        SaveAndRestart(trainer, folder, () =>
                ResumeSpec.Restart(clearance, folder, trainer.Step + 1, keepOptimizer: true))),
        },
    };

    /// <summary>All requirements of this class.</summary>
    public static IReadOnlyList<Requirement> All => [GEN_11_LookingChangesNothing];

    private static void Observe(Trainer trainer, Conditions at)
    {
        var options = new SamplingOptions { MaxTokens = 3, Temperature = 2, TopK = 0, Seed = at.Seed + trainer.Step };
        foreach (
            var _ in new TextGenerator(trainer.Model).Generate([SpecialTokens.BeginOfText, VocabularyLayout.FirstByte], options)
        ) { }
        trainer.Measure();
    }

    // Returns the losses of all steps and the hash of the weights. The trainer returned by the observation takes the next step.
    private static List<string> Trace(TrainingPlan plan, ObserverCase c, Func<Trainer, Clearance, string, Trainer> observe)
    {
        var scratch = Directory.CreateTempSubdirectory("turkishllm-look-");
        var clearance = new Clearance(plan, reportJson: "{}", digest: "", requirementCount: 0);
        var trainer = Trainer.Create(clearance);
        try
        {
            var trace = new List<string>();
            for (var step = 1; step <= c.Steps; step++)
            {
                trace.Add(trainer.TakeStep().Loss.ToString("R", System.Globalization.CultureInfo.InvariantCulture));
                if (step % c.Every == 0 && step < c.Steps)
                    trainer = observe(trainer, clearance, Path.Combine(scratch.FullName, $"after-{step}"));
            }
            var folder = Path.Combine(scratch.FullName, "end");
            trainer.Save(folder);
            return [.. trace, Checkpoint.Open(folder).State.Sha256["model.safetensors"]];
        }
        finally
        {
            trainer.Dispose();
            scratch.Delete(recursive: true);
        }
    }

    private static Trainer SaveAndRestart(Trainer trainer, string folder, Func<Trainer> start)
    {
        trainer.Save(folder);
        var next = start();
        trainer.Dispose();
        return next;
    }
}
