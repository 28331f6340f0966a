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
/// Training steps composed of their parts: the caller chooses the batch of each step,
/// so that a run with skipped batches can be compared with one without them.
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
        Optimizer = new(
            Parameters,
            new(plan.Optimizer.Beta1, plan.Optimizer.Beta2, plan.Optimizer.Epsilon, plan.Optimizer.WeightDecay));
        _model = new(Parameters, plan.ComputeType);
    }

    public ParameterTable Parameters { get; }

    public AdamW Optimizer { get; }

    /// <summary>Computes the gradient of a batch, in the weights.</summary>
    public double ComputeGradient(long dataStep)
    {
        var (rows, batches) = (_plan.Training.MicroBatchSize, _plan.Training.AccumulationSteps);
        return GradientAccumulation.Compute(_model, Enumerable.Range(0, batches).Select(micro =>
        {
            StepRandomness.SeedGenerators(_plan.Seed, dataStep, micro * rows);
            return _data.ReadMicroBatch(dataStep, micro * rows, rows, _model.Device);
        }), _data.CountLossTerms(dataStep, 0, rows * batches));
    }

    /// <summary>Trains on a batch as a step of the schedule.</summary>
    public void TakeStep(long step, long dataStep)
    {
        using var scope = NewDisposeScope();
        _losses.Add(FormatLoss(ComputeGradient(dataStep)));
        UpdateWeights(_schedule.GetLearningRate(step));
    }

    /// <summary>Clips the gradients and updates the weights.</summary>
    public void UpdateWeights(double rate)
    {
        GradientClipping.ClipByGlobalNorm(Parameters, _plan.Optimizer.GradientClip);
        Optimizer.Step(rate);
        Parameters.ClearGradients();
    }

    /// <summary>Removes the losses of the last steps, as in a rollback.</summary>
    public void RemoveLastLosses(int steps) => _losses.RemoveRange(_losses.Count - steps, steps);

    /// <summary>Returns the losses of all steps, and the hashes of weights and moments.</summary>
    public IReadOnlyList<string> Trace() =>
        [
            .. _losses,
            .. ComputeHashes(folder =>
                Checkpoint.Save(folder, Parameters, Optimizer, template: null, hashes =>
        new(_losses.Count, Optimizer.Steps, 0, null, _plan.Seed, "", "", null, "", null, SafetyState.Initial, hashes)))];

    /// <summary>Returns the hashes of weights and moments in a checkpoint.</summary>
    public static IEnumerable<string> ComputeHashes(Action<string> save)
    {
        var scratch = Directory.CreateTempSubdirectory("turkishllm-loop-");
        try
        {
            var folder = Path.Combine(scratch.FullName, "end");
            save(folder);
            var state = Checkpoint.Open(folder).State;
            return
            [
                state.Sha256["model.safetensors"], state.Sha256["optimizer.safetensors"],
                $"{state.OptimizerSteps} steps of the optimizer",
            ];
        }
        finally
        {
            scratch.Delete(recursive: true);
        }
    }

    /// <summary>Formats a loss with all its digits.</summary>
    public static string FormatLoss(double loss) => loss.ToString("R", CultureInfo.InvariantCulture);

    public void Dispose()
    {
        _model.Dispose();
        Optimizer.Dispose();
        Parameters.Dispose();
        _data.Dispose();
    }
}
