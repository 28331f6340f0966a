using System.Globalization;
using TorchSharp;
using TurkishLlm.Model;
using TurkishLlm.Training;
using static TorchSharp.torch;

namespace TurkishLlm.Spec.Training;

/// <summary>
/// The steps of a run written out from their parts: which batch a step learns from and what else is done is said by whoever
/// drives it, so that a run in which batches were refused can be compared with one that never saw them.
/// </summary>
internal sealed class WrittenOutLoop : IDisposable
{
    private readonly TrainingPlan _plan;
    private readonly ITrainingData _data;
    private readonly LearningRateSchedule _schedule;
    private readonly LanguageModel _model;
    private readonly List<string> _losses = [];

    public WrittenOutLoop(TrainingPlan plan)
    {
        _plan = plan;
        var device = TrainingDevice.Resolve(plan.Device);
        _data = ITrainingData.Open(plan);
        _schedule = LearningRateSchedule.Of(plan);
        Parameters = Initialization.Draw(plan.Model, plan.Seed, device);
        Optimizer = new(Parameters, new(plan.Optimizer.Beta1, plan.Optimizer.Beta2, plan.Optimizer.Epsilon, plan.Optimizer.WeightDecay));
        _model = new(Parameters, plan.ComputeType);
    }

    public ParameterTable Parameters { get; }

    public AdamW Optimizer { get; }

    /// <summary>Leaves the gradient of a batch on the weights.</summary>
    public double Gradient(long batch)
    {
        var (rows, batches) = (_plan.Training.BatchSize, _plan.Training.AccumulationSteps);
        return AccumulatedGradient.Compute(_model, Enumerable.Range(0, batches).Select(micro =>
        {
            StepRandomness.Begin(_plan.Seed, batch, micro * rows);
            return _data.MicroBatch(batch, micro * rows, rows, _model.Device);
        }), _data.CountedTargets(batch, 0, rows * batches));
    }

    /// <summary>Learns from a batch as a step of the schedule.</summary>
    public void Learn(long step, long batch)
    {
        using var scope = NewDisposeScope();
        _losses.Add(Text(Gradient(batch)));
        Move(_schedule.At(step));
    }

    /// <summary>Clips what is on the weights and moves them.</summary>
    public void Move(double rate)
    {
        GradientClipping.ByGlobalNorm(Parameters, _plan.Optimizer.GradientClip);
        Optimizer.Step(rate);
        Parameters.ClearGradients();
    }

    /// <summary>Forgets the losses of the last steps, as a run does that goes back.</summary>
    public void Forget(int steps) => _losses.RemoveRange(_losses.Count - steps, steps);

    /// <summary>The losses of all steps, and the hashes of weights and moments after them.</summary>
    public IReadOnlyList<string> Trace() => [.. _losses, .. Hashes(folder => Checkpoint.Save(folder, Parameters, Optimizer, template: null, hashes =>
        new(_losses.Count, Optimizer.Steps, 0, null, _plan.Seed, "", "", null, "", null, SafetyState.Initial, hashes)))];

    /// <summary>What a checkpoint says about weights and moments.</summary>
    public static IEnumerable<string> Hashes(Action<string> save)
    {
        var scratch = Directory.CreateTempSubdirectory("turkishllm-loop-");
        try
        {
            var folder = Path.Combine(scratch.FullName, "end");
            save(folder);
            var state = Checkpoint.Open(folder).State;
            return [state.Sha256["model.safetensors"], state.Sha256["optimizer.safetensors"], $"{state.OptimizerSteps} steps of the optimizer"];
        }
        finally
        {
            scratch.Delete(recursive: true);
        }
    }

    /// <summary>A loss with all its digits.</summary>
    public static string Text(double loss) => loss.ToString("R", CultureInfo.InvariantCulture);

    public void Dispose()
    {
        _model.Dispose();
        Optimizer.Dispose();
        Parameters.Dispose();
        _data.Dispose();
    }
}
