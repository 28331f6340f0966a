using TorchSharp;
using TurkishLlm.Model;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Plans;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Training;
using TurkishLlm.Training.Checkpoints;
using TurkishLlm.Training.Optimization;
using TurkishLlm.Training.Safety;
using static TorchSharp.torch;

namespace TurkishLlm.Spec.Training;

/// <summary>Trains a plan with interruptions and returns its losses and its final state, as text.</summary>
public delegate IReadOnlyList<string> TrainWithRestarts(
    TrainingPlan plan, Func<Clearance, string, RunEnvironment, Trainer> resume);

/// <summary>Trains a plan and returns its losses and a digest of its final state, as text.</summary>
public delegate IReadOnlyList<string> RunTraining(TrainingPlan plan);

/// <summary>A short run in which some batches have an invalid gradient.</summary>
/// <param name="Steps">Steps of the run.</param>
/// <param name="SavedAfter">Step of its checkpoint.</param>
/// <param name="Dropout">Dropout of the model; above 0 the run depends on random numbers too.</param>
/// <param name="BadBatches">Indices of the bad batches; all after the checkpoint.</param>
public sealed record DivergentRunCase(int Steps, int SavedAfter, double Dropout, params IReadOnlyList<int> BadBatches)
{
    /// <inheritdoc/>
    public override string ToString() =>
        $"{Steps} steps, a checkpoint after {SavedAfter}, dropout {FormattableString.Invariant($"{Dropout}")}, "
        + $"bad batches {string.Join(" and ", BadBatches)}";

    internal TrainingPlan Plan(Conditions at, DivergenceAction remedy) => at.TextPlan with
    {
        Model = new ModelConfig(
            at.Model.VocabSize, dModel: 24, nLayers: 2, nHeads: 4, nKvHeads: 2, dFf: 40, maxSeqLen: 16, dropout: Dropout),
        Training = new BatchingPlan(Steps, MicroBatchSize: 2, SequenceLength: 9, AccumulationSteps: 2),
        Optimizer = new OptimizerPlan(3e-3, 3e-4, WarmupSteps: 2),
        Safety = new SafetyPlan { OnDivergence = remedy, OnSpike = DivergenceAction.Log },
    };

    /// <summary>
    /// Creates an environment in which the gradient overflows on the bad batches. Batches are counted across calls.
    /// </summary>
    internal RunEnvironment CreateEnvironment()
    {
        var batch = 0;
        return new()
        {
            ComputeGradient = (model, microBatches, counted) =>
            {
                var loss = GradientAccumulation.Compute(model, microBatches, counted);
                if (!BadBatches.Contains(++batch)) return loss;
                using var scope = NewDisposeScope();
                foreach (var weight in model.Parameters.Tensors) CorruptGradient(weight);
                return double.PositiveInfinity;
            },
        };
    }

    /// <summary>Sets a gradient that is large in every element.</summary>
    internal static void CorruptGradient(Tensor weight)
    {
        using var grad = no_grad();
        weight.grad!.mul_(1e6).add_(17);
    }
}

/// <summary>Skipped batches and rollbacks: SAF-02, SAF-03, CKP-05.</summary>
public static class DivergenceRecoverySpec
{
    private static readonly IReadOnlyList<DivergentRunCase> Cases =
        [new(Steps: 5, SavedAfter: 2, Dropout: 0.1, 4), new(Steps: 6, SavedAfter: 2, Dropout: 0, 4, 5)];

    public static readonly Requirement<DivergentRunCase, RunTraining> SAF_02_NoTrace = new()
    {
        Id = "SAF-02",
        Statement = "A skipped batch leaves no trace: losses, weights, moments and the optimizer's step count equal those of a "
            + "run without the batch, with the same learning rate at each step.",
        Source = "BUG-ACC-13, BUG-OPT-03, BUG-OPT-11; Chowdhery et al. 2022, PaLM, section 5.1",
        CanonicalCases = Cases,
        CanonicalConditions = at => at.WithSmallVocabulary,
        Subject = (c, _) => plan => TraceRun(c, plan),
        Holds = (run, c, at) =>
            Verdict.SameElements(
                TraceGoodBatches(c, c.Plan(at, DivergenceAction.Skip), (_, _) => { }),
                run(c.Plan(at, DivergenceAction.Skip)), "losses, weights and moments"),
        Impostors = new()
        {
            ["moments include the batch"] = (c, _) => plan => TraceGoodBatches(c, plan, (loop, batch) =>
            {
                CorruptBatchGradient(loop, batch);
                loop.UpdateWeights(rate: 0);
                loop.Optimizer.Steps--;
            }),
            ["the optimizer counts the batch"] = (c, _) => plan => TraceGoodBatches(c, plan, (loop, _) => loop.Optimizer.Steps++),
            ["weights are updated by the batch"] = (c, _) => plan => TraceGoodBatches(c, plan, (loop, batch) =>
            {
                CorruptBatchGradient(loop, batch);
                loop.UpdateWeights(rate: 1e-3);
            }),
            ["the gradient of the batch is set to zero"] = (c, _) => plan => TraceGoodBatches(c, plan, (loop, batch) =>
            {
                loop.ComputeGradient(batch);
                using (no_grad())
                    foreach (var weight in loop.Parameters.Tensors) weight.grad!.zero_();
                loop.UpdateWeights(rate: 1e-3);
            }),
            ["the schedule advances"] = (c, _) => plan =>
                RunLoop(c, plan, (loop, step, batch) => loop.TakeStep(Math.Min(batch, c.Steps), batch)),
            ["the same batch again"] = (c, _) => plan => RunLoop(c, plan, (loop, step, _) => loop.TakeStep(step, step)),
        },
    };

    public static readonly Requirement<DivergentRunCase, RunTraining> SAF_03_Rollback = new()
    {
        Id = "SAF-03",
        Statement = "After a rollback the run continues from the weights, moments and step of the checkpoint with the batch "
            + "after the bad one: it equals, bit for bit, a run without the batches between.",
        Source = "Chowdhery et al. 2022, PaLM, section 5.1: restart from a checkpoint before the spike, and skip the batches "
            + "seen during it",
        CanonicalCases = Cases,
        CanonicalConditions = at => at.WithSmallVocabulary,
        Subject = (c, _) => plan => TraceRun(c, plan),
        Holds = (run, c, at) =>
        {
            var plan = c.Plan(at, DivergenceAction.Rollback);
            using var loop = new ReferenceTrainingLoop(plan);
            for (var step = 1; step <= c.Steps; step++)
                loop.TakeStep(step, step <= c.SavedAfter ? step : step - c.SavedAfter + c.BadBatches[^1]);
            return Verdict.SameElements(loop.Trace(), run(plan), "losses, weights and moments");
        },
        Impostors = new()
        {
            ["only the bad batch is skipped"] = (c, _) => plan => TraceGoodBatches(c, plan, (_, _) => { }),
            ["the bad batch is repeated"] = (c, _) => plan => RunLoop(c, plan, (loop, step, _) => loop.TakeStep(step, step)),
            ["only weights are restored"] = (c, _) => plan =>
                TracePartialRollback(c, plan, weights: true, moments: false, schedule: true),
            ["only moments are restored"] = (c, _) => plan =>
                TracePartialRollback(c, plan, weights: false, moments: true, schedule: true),
            ["the schedule is not restored"] = (c, _) => plan =>
                TracePartialRollback(c, plan, weights: true, moments: true, schedule: false),
        },
    };

    public static readonly Requirement<DivergentRunCase, TrainWithRestarts> CKP_05_Resumed = new()
    {
        Id = "CKP-05",
        Statement = "A run that skips batches, and is stopped and resumed before and right after them, equals the uninterrupted "
            + "run, bit for bit.",
        Source = "BUG-CKP-05, BUG-CKP-08: what was skipped before the checkpoint is skipped after it",
        CanonicalCases = Cases,
        CanonicalConditions = at => at.WithSmallVocabulary,
        Subject = (c, _) => (plan, resume) => TraceWithRestarts(c, plan, resume),
        Holds = (run, c, at) => Verdict.SameElements(
            TraceRun(c, c.Plan(at, DivergenceAction.Skip)),
            run(c.Plan(at, DivergenceAction.Skip), (clearance, folder, machine) =>
                Trainer.Resume(clearance, folder, machine)),
            "losses, weights and moments"),
        Impostors = new()
        {
            ["forgets what was skipped"] = (c, _) => (plan, _) => TraceWithRestarts(c, plan, (clearance, folder, machine) =>
                Restart(clearance, folder, machine, Checkpoint.Open(folder).State.Step)),
            ["skipped batches count as steps"] = (c, _) => (plan, _) => TraceWithRestarts(c, plan, (clearance, folder, machine) =>
                Restart(
                    clearance, folder, machine, Checkpoint.Open(folder).State is var state
                        ? Math.Min(state.Step + state.Safety.SkippedBatches, plan.Training.Steps - 1)
                        : 0)),
        },
    };

    /// <summary>All requirements of this class.</summary>
    public static IReadOnlyList<Requirement> All => [SAF_02_NoTrace, SAF_03_Rollback, CKP_05_Resumed];

    private static Clearance CreateClearance(TrainingPlan plan) => new(plan, reportJson: "{}", digest: "", requirementCount: 0);

    // The real run, with rollback to its checkpoint.
    private static IReadOnlyList<string> TraceRun(DivergentRunCase c, TrainingPlan plan)
    {
        var scratch = Directory.CreateTempSubdirectory("turkishllm-refused-");
        try
        {
            var (folder, losses) = (Path.Combine(scratch.FullName, "saved"), new List<string>());
            using var trainer = Trainer.Create(CreateClearance(plan), c.CreateEnvironment());
            while (trainer.Step < c.Steps)
            {
                try
                {
                    losses.Add(ReferenceTrainingLoop.FormatLoss(trainer.TakeStep().Loss));
                }
                catch (DivergenceException refused) when (refused.CheckResult.Action == DivergenceAction.Rollback)
                {
                    trainer.RollBack(folder, refused);
                    losses.RemoveRange((int)trainer.Step, losses.Count - (int)trainer.Step);
                }
                if (trainer.Step == c.SavedAfter) trainer.Save(folder);
            }
            return [.. losses, .. ReferenceTrainingLoop.ComputeHashes(trainer.Save)];
        }
        finally
        {
            scratch.Delete(recursive: true);
        }
    }

    // Between two segments only the files of a checkpoint remain.
    private static List<string> TraceWithRestarts(
        DivergentRunCase c, TrainingPlan plan, Func<Clearance, string, RunEnvironment, Trainer> resume)
    {
        var scratch = Directory.CreateTempSubdirectory("turkishllm-pieces-");
        try
        {
            var (clearance, machine, trace, folder) = (CreateClearance(plan), c.CreateEnvironment(), new List<string>(), "");
            foreach (var stop in new[] { c.SavedAfter, c.BadBatches[0], c.Steps })
            {
                using var trainer = trace.Count == 0 ? Trainer.Create(clearance, machine) : resume(clearance, folder, machine);
                while (trace.Count < stop) trace.Add(ReferenceTrainingLoop.FormatLoss(trainer.TakeStep().Loss));
                folder = Path.Combine(scratch.FullName, $"after-{stop}");
                if (stop < c.Steps) trainer.Save(folder);
                else trace.AddRange(ReferenceTrainingLoop.ComputeHashes(trainer.Save));
            }
            return trace;
        }
        finally
        {
            scratch.Delete(recursive: true);
        }
    }

    private static Trainer Restart(Clearance clearance, string folder, RunEnvironment machine, long step) => Trainer.Create(
        CreateClearance(clearance.Plan with { WarmStart = new WarmStartPlan(folder, step, KeepOptimizer: true) }), machine);

    // Trains on the good batches only; a callback runs in place of each bad one.
    private static IReadOnlyList<string> TraceGoodBatches(
        DivergentRunCase c, TrainingPlan plan,
        Action<ReferenceTrainingLoop, long> atBad) => RunLoop(c, plan, (loop, step, batch) =>
    {
        for (var bad = batch - 1; c.BadBatches.Contains((int)bad); bad--) atBad(loop, bad);
        loop.TakeStep(step, batch);
    });

    private static IReadOnlyList<string> RunLoop(
        DivergentRunCase c, TrainingPlan plan, Action<ReferenceTrainingLoop, long, long> learn)
    {
        using var loop = new ReferenceTrainingLoop(plan);
        var batch = 0L;
        for (var step = 1L; step <= c.Steps; step++)
        {
            do batch++;
            while (c.BadBatches.Contains((int)batch));
            learn(loop, step, batch);
        }
        return loop.Trace();
    }

    private static void CorruptBatchGradient(ReferenceTrainingLoop loop, long batch)
    {
        using var scope = NewDisposeScope();
        loop.ComputeGradient(batch);
        foreach (var weight in loop.Parameters.Tensors) DivergentRunCase.CorruptGradient(weight);
    }

    // Trains up to the bad batch, then restores only a part of the state.
    private static IReadOnlyList<string> TracePartialRollback(
        DivergentRunCase c, TrainingPlan plan, bool weights, bool moments, bool schedule)
    {
        using var loop = new ReferenceTrainingLoop(plan);
        for (var step = 1; step <= c.SavedAfter; step++) loop.TakeStep(step, step);
        var lost = c.BadBatches[0] - 1 - c.SavedAfter;
        using var before = new LoopSnapshot(loop);
        for (var step = c.SavedAfter + 1; step <= c.SavedAfter + lost; step++) loop.TakeStep(step, step);
        loop.RemoveLastLosses(lost);
        if (weights) before.RestoreWeights();
        if (moments) before.RestoreMoments();
        for (var step = c.SavedAfter + 1; step <= c.Steps; step++)
            loop.TakeStep(schedule ? step : Math.Min(step + lost, c.Steps), step - c.SavedAfter + c.BadBatches[^1]);
        return loop.Trace();
    }

    // The state of a training loop, to be restored in parts.
    private sealed class LoopSnapshot(ReferenceTrainingLoop loop) : IDisposable
    {
        private readonly ParameterTable _weights = loop.Parameters.CopyTo(CPU),
            _means = loop.Optimizer.FirstMoment.CopyTo(CPU),
            _squares = loop.Optimizer.SecondMoment.CopyTo(CPU);
        private readonly long _steps = loop.Optimizer.Steps;

        public void RestoreWeights() => Copy(_weights, loop.Parameters);

        public void RestoreMoments()
        {
            Copy(_means, loop.Optimizer.FirstMoment);
            Copy(_squares, loop.Optimizer.SecondMoment);
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
