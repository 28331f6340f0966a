using System.Globalization;
using TorchSharp;
using TurkishLlm.Model;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Plans;
using TurkishLlm.Training;
using TurkishLlm.Training.Checkpoints;
using TurkishLlm.Training.Objectives;
using TurkishLlm.Training.Optimization;
using static TorchSharp.torch;

namespace TurkishLlm.Spec.Training;

/// <summary>
/// The steps of a run written out from their parts: which batch a step learns from and what else is done is said by whoever
/// drives it, so that a run in which batches were refused can be compared with one that never saw them.
/// </summary>
internal sealed class ReferenceTrainingLoop : IDisposable
{
    private readonly TrainingPlan _plan;
    private readonly ITrainingData _data;
    private readonly LearningRateSchedule _schedule;
    private readonly LanguageModel _model;
    private readonly List<string> _losses = [];

    public ReferenceTrainingLoop(TrainingPlan plan)
    {
        _plan = plan;
        var device = TrainingDevice.Resolve(plan.Device);
        _data = ITrainingData.Open(plan);
        _schedule = LearningRateSchedule.FromPlan(plan);
        Parameters = WeightInitializer.Initialize(plan.Model, plan.Seed, device);
        Optimizer = new(Parameters, new(plan.Optimizer.Beta1, plan.Optimizer.Beta2, plan.Optimizer.Epsilon, plan.Optimizer.WeightDecay));
        _model = new(Parameters, plan.ComputeType);
    }

    public ParameterTable Parameters { get; }

    public AdamW Optimizer { get; }

    /// <summary>Leaves the gradient of a batch on the weights.</summary>
    public double ComputeGradient(long dataStep)
    {
        var (rows, batches) = (_plan.Training.MicroBatchSize, _plan.Training.AccumulationSteps);
        return GradientAccumulation.Compute(_model, Enumerable.Range(0, batches).Select(micro =>
        {
            StepRandomness.SeedGenerators(_plan.Seed, dataStep, micro * rows);
            return _data.ReadMicroBatch(dataStep, micro * rows, rows, _model.Device);
        }), _data.CountLossTerms(dataStep, 0, rows * batches));
    }

    /// <summary>Learns from a batch as a step of the schedule.</summary>
    public void TakeStep(long step, long dataStep)
    {
        using var scope = NewDisposeScope();
        _losses.Add(FormatLoss(ComputeGradient(dataStep)));
        UpdateWeights(_schedule.GetLearningRate(step));
    }

    /// <summary>Clips what is on the weights and moves them.</summary>
    public void UpdateWeights(double rate)
    {
        GradientClipping.ClipByGlobalNorm(Parameters, _plan.Optimizer.GradientClip);
        Optimizer.Step(rate);
        Parameters.ClearGradients();
    }

    /// <summary>Forgets the losses of the last steps, as a run does that goes back.</summary>
    public void RemoveLastLosses(int steps) => _losses.RemoveRange(_losses.Count - steps, steps);

    /// <summary>The losses of all steps, and the hashes of weights and moments after them.</summary>
    public IReadOnlyList<string> Trace() => [.. _losses, .. ComputeHashes(folder => Checkpoint.Save(folder, Parameters, Optimizer, template: null, hashes =>
        new(_losses.Count, Optimizer.Steps, 0, null, _plan.Seed, "", "", null, "", null, SafetyState.Initial, hashes)))];

    /// <summary>What a checkpoint says about weights and moments.</summary>
    public static IEnumerable<string> ComputeHashes(Action<string> save)
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
    public static string FormatLoss(double loss) => loss.ToString("R", CultureInfo.InvariantCulture);

    public void Dispose()
    {
        _model.Dispose();
        Optimizer.Dispose();
        Parameters.Dispose();
        _data.Dispose();
    }
}
