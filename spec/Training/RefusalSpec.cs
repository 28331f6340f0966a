using TorchSharp;
using TurkishLlm.Model;
using TurkishLlm.Training;
using static TorchSharp.torch;
using Run = System.Func<TurkishLlm.Training.TrainingPlan, System.Collections.Generic.IReadOnlyList<string>>;

namespace TurkishLlm.Spec.Training;

/// <summary>A short run in which the gradient of some batches is no gradient.</summary>
/// <param name="Steps">Steps of the run.</param>
/// <param name="SavedAfter">Step of its checkpoint.</param>
/// <param name="Dropout">Dropout of the model; above 0 the batches decide on random numbers too.</param>
/// <param name="Bad">Numbers of the bad batches; all after the checkpoint.</param>
public sealed record RefusedRun(int Steps, int SavedAfter, double Dropout, params IReadOnlyList<int> Bad)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Steps} steps, a checkpoint after {SavedAfter}, dropout {FormattableString.Invariant($"{Dropout}")}, bad batches {string.Join(" and ", Bad)}";

    internal TrainingPlan Plan(Conditions at, Remedy remedy) => at.TextPlan with
    {
        Model = new ModelConfig(at.Model.VocabSize, dModel: 24, nLayers: 2, nHeads: 4, nKvHeads: 2, dFf: 40, maxSeqLen: 16, dropout: Dropout),
        Training = new LoopPlan(Steps, BatchSize: 2, SequenceLength: 9, AccumulationSteps: 2),
        Optimizer = new OptimizerPlan(3e-3, 3e-4, WarmupSteps: 2),
        Safety = new SafetyPlan { OnDivergence = remedy, OnSpike = Remedy.Log },
    };

    /// <summary>A machine whose gradient overflows on the bad batches. Batches are counted from call to call.</summary>
    internal Machine Machine()
    {
        var batch = 0;
        return new()
        {
            Gradient = (model, microBatches, counted) =>
            {
                var loss = AccumulatedGradient.Compute(model, microBatches, counted);
                if (!Bad.Contains(++batch)) return loss;
                using var scope = NewDisposeScope();
                foreach (var weight in model.Parameters.Tensors) Spoil(weight);
                return double.PositiveInfinity;
            },
        };
    }

    /// <summary>Leaves a gradient that is large in every element.</summary>
    internal static void Spoil(Tensor weight)
    {
        using var grad = no_grad();
        weight.grad!.mul_(1e6).add_(17);
    }
}

/// <summary>What a refused batch leaves behind: SAF-02, SAF-03, CKP-05.</summary>
public static class RefusalSpec
{
    private static readonly IReadOnlyList<RefusedRun> Cases =
        [new(Steps: 5, SavedAfter: 2, Dropout: 0.1, 4), new(Steps: 6, SavedAfter: 2, Dropout: 0, 4, 5)];

    public static readonly Requirement<RefusedRun, Run> SAF_02_NoTrace = new()
    {
        Id = "SAF-02",
        Statement = "A batch that is skipped leaves no trace: losses, weights, moments and the optimizer's count are those of a run that never had the batch, with the same learning rate at each step.",
        Source = "Silent bugs ACC-13, OPT-03, OPT-11; Chowdhery et al. 2022, PaLM, section 5.1",
        Canonical = Cases,
        Subject = (c, _) => plan => Real(c, plan),
        Holds = (run, c, at) => Verdict.SameElements(Without(c, c.Plan(at, Remedy.Skip), (_, _) => { }), run(c.Plan(at, Remedy.Skip)), "losses, weights and moments"),
        Impostors = new Dictionary<string, Func<RefusedRun, Conditions, Run>>
        {
            ["moments remember it"] = (c, _) => plan => Without(c, plan, (loop, batch) =>
            {
                Bad(loop, batch);
                loop.Move(rate: 0);
                loop.Optimizer.Steps--;
            }),
            ["the optimizer counts it"] = (c, _) => plan => Without(c, plan, (loop, _) => loop.Optimizer.Steps++),
            ["weights move by it"] = (c, _) => plan => Without(c, plan, (loop, batch) =>
            {
                Bad(loop, batch);
                loop.Move(rate: 1e-3);
            }),
            ["its gradient becomes zero"] = (c, _) => plan => Without(c, plan, (loop, batch) =>
            {
                loop.Gradient(batch);
                using (no_grad())
                    foreach (var weight in loop.Parameters.Tensors) weight.grad!.zero_();
                loop.Move(rate: 1e-3);
            }),
            ["the schedule moves on"] = (c, _) => plan => Drive(c, plan, (loop, step, batch) => loop.Learn(Math.Min(batch, c.Steps), batch)),
            ["the same batch again"] = (c, _) => plan => Drive(c, plan, (loop, step, _) => loop.Learn(step, step)),
        },
    };

    public static readonly Requirement<RefusedRun, Run> SAF_03_Rollback = new()
    {
        Id = "SAF-03",
        Statement = "After a rollback the run goes on from weights, moments and step of the checkpoint with the batch after the bad one: it has the bits of a run that never had the batches between.",
        Source = "Chowdhery et al. 2022, PaLM, section 5.1: back to a checkpoint before the spike, and past the batches that were seen during it",
        Canonical = Cases,
        Subject = (c, _) => plan => Real(c, plan),
        Holds = (run, c, at) =>
        {
            var plan = c.Plan(at, Remedy.Rollback);
            using var loop = new WrittenOutLoop(plan);
            for (var step = 1; step <= c.Steps; step++) loop.Learn(step, step <= c.SavedAfter ? step : step - c.SavedAfter + c.Bad[^1]);
            return Verdict.SameElements(loop.Trace(), run(plan), "losses, weights and moments");
        },
        Impostors = new Dictionary<string, Func<RefusedRun, Conditions, Run>>
        {
            ["only the bad batch is left out"] = (c, _) => plan => Without(c, plan, (_, _) => { }),
            ["the bad batch comes again"] = (c, _) => plan => Drive(c, plan, (loop, step, _) => loop.Learn(step, step)),
            ["weights alone go back"] = (c, _) => plan => Back(c, plan, weights: true, moments: false, schedule: true),
            ["moments alone go back"] = (c, _) => plan => Back(c, plan, weights: false, moments: true, schedule: true),
            ["the schedule does not go back"] = (c, _) => plan => Back(c, plan, weights: true, moments: true, schedule: false),
        },
    };

    public static readonly Requirement<RefusedRun, Func<TrainingPlan, Func<Clearance, string, Machine, Pretrainer>, IReadOnlyList<string>>> CKP_05_Resumed = new()
    {
        Id = "CKP-05",
        Statement = "A run that refuses batches, and is stopped and resumed before and right after them, has the bits of the uninterrupted one.",
        Source = "Silent bugs CKP-05, CKP-08: what was left out before the checkpoint is left out after it",
        Canonical = Cases,
        Subject = (c, _) => (plan, resume) => InPieces(c, plan, resume),
        Holds = (run, c, at) => Verdict.SameElements(
            Real(c, c.Plan(at, Remedy.Skip)), run(c.Plan(at, Remedy.Skip), (clearance, folder, machine) => Pretrainer.Resume(clearance, folder, machine)), "losses, weights and moments"),
        Impostors = new Dictionary<string, Func<RefusedRun, Conditions, Func<TrainingPlan, Func<Clearance, string, Machine, Pretrainer>, IReadOnlyList<string>>>>
        {
            ["forgets what was left out"] = (c, _) => (plan, _) => InPieces(c, plan, (clearance, folder, machine) =>
                Restart(clearance, folder, machine, Checkpoint.Open(folder).State.Step)),
            ["what was left out counts as steps"] = (c, _) => (plan, _) => InPieces(c, plan, (clearance, folder, machine) =>
                Restart(clearance, folder, machine, Checkpoint.Open(folder).State is var state ? Math.Min(state.Step + state.Safety.SkippedBatches, plan.Training.Steps - 1) : 0)),
        },
    };

    /// <summary>All of this area.</summary>
    public static IReadOnlyList<Requirement> All => [SAF_02_NoTrace, SAF_03_Rollback, CKP_05_Resumed];

    private static Clearance Cleared(TrainingPlan plan) => new(plan, reportJson: "{}", digest: "", requirements: 0);

    // The run itself, going back to its checkpoint where it is told to.
    private static IReadOnlyList<string> Real(RefusedRun c, TrainingPlan plan)
    {
        var scratch = Directory.CreateTempSubdirectory("turkishllm-refused-");
        try
        {
            var (folder, losses) = (Path.Combine(scratch.FullName, "saved"), new List<string>());
            using var trainer = Pretrainer.Begin(Cleared(plan), c.Machine());
            while (trainer.Step < c.Steps)
            {
                try
                {
                    losses.Add(WrittenOutLoop.Text(trainer.TakeStep().Loss));
                }
                catch (DivergenceException refused) when (refused.Verdict.Remedy == Remedy.Rollback)
                {
                    trainer.RollBack(folder, refused);
                    losses.RemoveRange((int)trainer.Step, losses.Count - (int)trainer.Step);
                }
                if (trainer.Step == c.SavedAfter) trainer.Save(folder);
            }
            return [.. losses, .. WrittenOutLoop.Hashes(trainer.Save)];
        }
        finally
        {
            scratch.Delete(recursive: true);
        }
    }

    // Between two pieces everything but the files of a checkpoint is gone.
    private static List<string> InPieces(RefusedRun c, TrainingPlan plan, Func<Clearance, string, Machine, Pretrainer> resume)
    {
        var scratch = Directory.CreateTempSubdirectory("turkishllm-pieces-");
        try
        {
            var (clearance, machine, trace, folder) = (Cleared(plan), c.Machine(), new List<string>(), "");
            foreach (var stop in new[] { c.SavedAfter, c.Bad[0], c.Steps })
            {
                using var trainer = trace.Count == 0 ? Pretrainer.Begin(clearance, machine) : resume(clearance, folder, machine);
                while (trace.Count < stop) trace.Add(WrittenOutLoop.Text(trainer.TakeStep().Loss));
                folder = Path.Combine(scratch.FullName, $"after-{stop}");
                if (stop < c.Steps) trainer.Save(folder);
                else trace.AddRange(WrittenOutLoop.Hashes(trainer.Save));
            }
            return trace;
        }
        finally
        {
            scratch.Delete(recursive: true);
        }
    }

    private static Pretrainer Restart(Clearance clearance, string folder, Machine machine, long step) => Pretrainer.Begin(
        Cleared(clearance.Plan with { Start = new StartPlan(folder, step, KeepOptimizer: true) }), machine);

    // A run over the good batches only; something may be done where a bad one would have come.
    private static IReadOnlyList<string> Without(RefusedRun c, TrainingPlan plan, Action<WrittenOutLoop, long> atBad) => Drive(c, plan, (loop, step, batch) =>
    {
        for (var bad = batch - 1; c.Bad.Contains((int)bad); bad--) atBad(loop, bad);
        loop.Learn(step, batch);
    });

    private static IReadOnlyList<string> Drive(RefusedRun c, TrainingPlan plan, Action<WrittenOutLoop, long, long> learn)
    {
        using var loop = new WrittenOutLoop(plan);
        var batch = 0L;
        for (var step = 1L; step <= c.Steps; step++)
        {
            do batch++;
            while (c.Bad.Contains((int)batch));
            learn(loop, step, batch);
        }
        return loop.Trace();
    }

    private static void Bad(WrittenOutLoop loop, long batch)
    {
        using var scope = NewDisposeScope();
        loop.Gradient(batch);
        foreach (var weight in loop.Parameters.Tensors) RefusedRun.Spoil(weight);
    }

    // Learns from the batches up to the bad one, and then goes back only in part.
    private static IReadOnlyList<string> Back(RefusedRun c, TrainingPlan plan, bool weights, bool moments, bool schedule)
    {
        using var loop = new WrittenOutLoop(plan);
        for (var step = 1; step <= c.SavedAfter; step++) loop.Learn(step, step);
        var lost = c.Bad[0] - 1 - c.SavedAfter;
        using var before = new Saved(loop);
        for (var step = c.SavedAfter + 1; step <= c.SavedAfter + lost; step++) loop.Learn(step, step);
        loop.Forget(lost);
        if (weights) before.Weights();
        if (moments) before.Moments();
        for (var step = c.SavedAfter + 1; step <= c.Steps; step++) loop.Learn(schedule ? step : Math.Min(step + lost, c.Steps), step - c.SavedAfter + c.Bad[^1]);
        return loop.Trace();
    }

    // What a loop was, to be put back in parts.
    private sealed class Saved(WrittenOutLoop loop) : IDisposable
    {
        private readonly ParameterTable _weights = loop.Parameters.CopyTo(CPU), _means = loop.Optimizer.Means.CopyTo(CPU), _squares = loop.Optimizer.Squares.CopyTo(CPU);
        private readonly long _steps = loop.Optimizer.Steps;

        public void Weights() => Copy(_weights, loop.Parameters);

        public void Moments()
        {
            Copy(_means, loop.Optimizer.Means);
            Copy(_squares, loop.Optimizer.Squares);
            loop.Optimizer.Steps = _steps;
        }

        public void Dispose()
        {
            _weights.Dispose();
            _means.Dispose();
            _squares.Dispose();
        }

        private static void Copy(ParameterTable from, ParameterTable to)
        {
            using var grad = no_grad();
            foreach (var name in to.Names) to[name].copy_(from[name]);
        }
    }
}
