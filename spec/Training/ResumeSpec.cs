using TurkishLlm.Model;
using TurkishLlm.Plans;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Training;
using TurkishLlm.Training.Checkpoints;

namespace TurkishLlm.Spec.Training;

/// <summary>Trains a plan, interrupts and resumes it, and returns its losses and its final weights, as text.</summary>
public delegate IReadOnlyList<string> TrainWithInterruptions(TrainingPlan plan, InterruptedRunCase run);

/// <summary>A short run in segments; between two of them only the files of a checkpoint remain.</summary>
/// <param name="Segments">Steps of each segment.</param>
/// <param name="Dropout">Dropout of the model; above 0 the run depends on random numbers too.</param>
/// <param name="Accumulation">Micro-batches of a step.</param>
/// <param name="Levers">True for Muon and the schedule wsd.</param>
public sealed record InterruptedRunCase(string Segments, double Dropout, int Accumulation, bool Levers = false)
{
    internal int[] Lengths =>
        [.. Segments.Split('+').Select(s => int.Parse(s, System.Globalization.CultureInfo.InvariantCulture))];

    internal int Steps => Lengths.Sum();
}

/// <summary>Interruption changes nothing.</summary>
public static class ResumeSpec
{
    /// <summary>Compares three segments with one: losses of every step and the hash of every weight at the end.</summary>
    public static readonly Requirement<InterruptedRunCase, TrainWithInterruptions> Ckp04_SameBits = new()
    {
        Id = "CKP-04",
        Statement = "A run that is stopped and resumed, twice and at any step, has the losses and final weights of the "
            + "uninterrupted run, bit for bit.",
        Source = "BUG-CKP-04, BUG-CKP-05, BUG-CKP-08, BUG-OPT-07, BUG-OPT-11",
        CanonicalCases =
        [
            new("2+1+3", Dropout: 0.1, Accumulation: 2), new("1+3+2", Dropout: 0, Accumulation: 1),
            new("2+2+2", Dropout: 0.1, Accumulation: 1, Levers: true),
        ],
        CanonicalConditions = at => at.WithSmallVocabulary,
        Subject = (_, _) => (plan, run) => Train(plan, run, (clearance, folder) => Trainer.Resume(clearance, folder)),
        Holds = (train, run, at) =>
        {
            var whole = Train(Plan(at, run), run with { Segments = $"{run.Steps}" }, (_, _) =>
                throw new InvalidOperationException("Nothing is resumed."));
            return Verdict.SameElements(whole, train(Plan(at, run), run), "losses and weights");
        },
        Impostors = new()
        {
            ["moments start at zero"] = (_, _) => (plan, run) => Train(plan, run, (clearance, folder) =>
                Restart(clearance, folder, Checkpoint.Open(folder).State.Step, keepOptimizer: false)),
            ["data and schedule start again"] = (_, _) => (plan, run) => Train(plan, run, (clearance, folder) =>
                Restart(clearance, folder, step: 0, keepOptimizer: true)),
            ["one batch is skipped"] = (_, _) => (plan, run) => Train(plan, run, (clearance, folder) =>
                Restart(clearance, folder, Checkpoint.Open(folder).State.Step + 1, keepOptimizer: true)),
            ["second moments, or momentum, start at zero"] = (c, _) => (plan, run) => Train(plan, run, (clearance, folder) =>
            {
                CheckpointTensors.Clear(folder, "optimizer.safetensors", c.Levers ? "momentum_buffer." : "exp_avg_sq.");
                return Trainer.Resume(clearance, folder);
            }),
            ["the average starts again"] = (_, _) => (plan, run) => Train(plan, run, (clearance, folder) =>
            {
                CheckpointFields.Alter(folder, "average_updates", 0);
                return Trainer.Resume(clearance, folder);
            }),
            ["the average is that of zeros"] = (_, _) => (plan, run) => Train(plan, run, (clearance, folder) =>
            {
                CheckpointTensors.Clear(folder, "ema.safetensors", "");
                return Trainer.Resume(clearance, folder);
            }),
            ["weights are initialized again"] = (_, _) => (plan, run) =>
                Train(plan, run, (clearance, _) => Trainer.Create(clearance)),
        },
    };

    /// <summary>All requirements of this class.</summary>
    public static IReadOnlyList<Requirement> All => [Ckp04_SameBits];

    internal static TrainingPlan Plan(Conditions at, InterruptedRunCase run) => at.TextPlan with
    {
        Model = new ModelConfig(
            at.Model.VocabSize, dModel: 24, nLayers: 2, nHeads: 4, nKvHeads: 2, dFf: 40, maxSeqLen: 16, dropout: run.Dropout),
        Training = new BatchingPlan(run.Steps, MicroBatchSize: 3, SequenceLength: 11, AccumulationSteps: run.Accumulation)
        {
            Ema = new EmaPlan(0.8, run.Levers ? 1 : 2),
        },
        Optimizer = new OptimizerPlan(3e-3, 3e-4, WarmupSteps: 2)
        {
            Kind = run.Levers ? OptimizerKind.Muon : OptimizerKind.AdamW,
            Schedule = run.Levers ? ScheduleKind.Wsd : ScheduleKind.Cosine,
            DecayRatio = run.Levers ? 0.5 : 0.1,
        },
    };

    // The losses of all steps, and after them the hash of the weights.
    internal static List<string> Train(TrainingPlan plan, InterruptedRunCase run, Func<Clearance, string, Trainer> resume)
    {
        var scratch = Directory.CreateTempSubdirectory("turkishllm-resume-");
        try
        {
            var clearance = new Clearance(plan, reportJson: "{}", digest: "", requirementCount: 0);
            var (trace, folder) = (new List<string>(), "");
            foreach (var length in run.Lengths)
            {
                using var trainer = folder.Length == 0 ? Trainer.Create(clearance) : resume(clearance, folder);
                for (var i = 0; i < length; i++)
                    trace.Add(trainer.TakeStep().Loss.ToString("R", System.Globalization.CultureInfo.InvariantCulture));
                folder = Path.Combine(scratch.FullName, $"after-{trace.Count}");
                trainer.Save(folder);
            }
            trace.Add(Checkpoint.Open(folder).State.Sha256["model.safetensors"]);
            trace.Add(Checkpoint.Open(folder).State.Sha256["optimizer.safetensors"]);
            trace.Add(Checkpoint.Open(folder).State.Sha256.GetValueOrDefault("ema.safetensors", "no average"));
            return trace;
        }
        finally
        {
            scratch.Delete(recursive: true);
        }
    }

    internal static Trainer Restart(Clearance clearance, string folder, long step, bool keepOptimizer) =>
        Trainer.Create(
            new Clearance(
        clearance.Plan with
        {
            WarmStart = new WarmStartPlan(folder, step, keepOptimizer),
        },
        clearance.ReportJson, clearance.Digest, clearance.RequirementCount));
}
