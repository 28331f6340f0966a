using TurkishLlm.Files;
using TurkishLlm.Plans;
using TurkishLlm.Runs;
using TurkishLlm.Runs.Logs;
using TurkishLlm.Spec.Oracles.Training;
using TurkishLlm.Training;
using TurkishLlm.Training.Distributed;
using TurkishLlm.Training.Optimization;
using TurkishLlm.Training.Safety;

namespace TurkishLlm.Spec.Training;

/// <summary>Computes the gradient of a step; see <see cref="RunEnvironment.ComputeGradient"/>.</summary>
internal delegate double StepGradient(
    TurkishLlm.Model.LanguageModel model, IEnumerable<TurkishLlm.Training.Objectives.IMicroBatch> microBatches,
    LossTermCount lossTerms);

/// <summary>Trains a scenario with <see cref="TrainingRun"/> and reads its files.</summary>
internal static class ShadowRunner
{
    /// <summary>Trains a scenario.</summary>
    /// <param name="scenario">The scenario.</param>
    /// <param name="change">Changes the plan, for an impostor; null for none.</param>
    /// <param name="compute">Computes gradients, for an impostor; null for the real function.</param>
    /// <param name="happens">What happens to the run, for an impostor; null for what the scenario says.</param>
    public static ShadowTrace Run(
        ShadowScenario scenario, Func<TrainingPlan, TrainingPlan>? change = null, StepGradient? compute = null,
        ShadowEvent? happens = null)
    {
        var c = scenario.Case with { Event = happens ?? scenario.Case.Event };
        var plan = change is null ? scenario.Plan : change(scenario.Plan);
        var clearance = new Clearance(plan, reportJson: "{}", digest: "", requirementCount: 0);
        var first = scenario.GetPath("first");
        using (var trainer = Trainer.Create(clearance)) trainer.Save(first);

        if (c.Ranks == 1) Train(clearance, c, compute, SingleProcessGroup.Instance);
        else SimulatedRanks.Run(c.Ranks, group => Train(clearance, c, compute, group));

        var run = RunFolder.ForPlan(plan);
        return new(ReadState(first), [.. TextFile.ReadLines(run.MetricsFile).Select(text =>
        {
            using var line = StrictJson.Parse(text, run.MetricsFile);
            var metrics = ShadowTraceStep.Flatten(line.RootElement);
            return new ShadowTraceStep(metrics, ReadState(run.CheckpointFolder((long)metrics["step"])));
        })]);
    }

    private static bool Train(Clearance clearance, ShadowCase c, StepGradient? compute, IProcessGroup group)
    {
        var batch = 0;
        compute ??= (model, microBatches, terms) => GradientAccumulation.Compute(model, microBatches, terms);
        var environment = new RunEnvironment
        {
            ProcessGroup = group,
            ComputeGradient = (model, microBatches, terms) =>
            {
                var loss = compute(model, microBatches, terms);
                return ++batch == c.HarmfulBatch ? double.PositiveInfinity : loss;
            },
        };
        long[] stops = c.Event == ShadowEvent.Resume ? [1, c.Steps] : [c.Steps];
        foreach (var (part, stop) in stops.Index())
        {
            using var run = TrainingRun.Open(clearance, resume: part > 0, environment: environment);
            using var observer = new StopAfter(c.StepsBefore + stop);
            run.Train(observer, observer.Token);
        }
        return true;
    }

    private static ShadowState ReadState(string folder)
    {
        using var state = StrictJson.ParseFile(Path.Combine(folder, "state.json"));
        return ShadowState.Read(
            folder, state.RootElement.GetProperty("optimizer_steps").GetInt64(),
            state.RootElement.TryGetProperty("average_updates", out var updates) ? updates.GetInt64() : null);
    }

    private sealed class StopAfter(long step) : IRunObserver, IDisposable
    {
        private readonly CancellationTokenSource _source = new();

        public CancellationToken Token => _source.Token;

        public void OnStep(StepMetrics metrics)
        {
            if (metrics.Step == step) _source.Cancel();
        }

        public void OnSample(TextSample sample)
        {
        }

        public void OnCheckpointSaved(string folder)
        {
        }

        public void Dispose() => _source.Dispose();
    }
}
