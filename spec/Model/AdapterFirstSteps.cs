using TurkishLlm.Model;
using TurkishLlm.Model.Lora;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Training.Objectives;
using TurkishLlm.Training.Optimization;
using static TorchSharp.torch;

namespace TurkishLlm.Spec.Model;

/// <summary>The results of the first two training steps of an adapter.</summary>
/// <param name="Logits">Logits with the adapter, before the first step.</param>
/// <param name="WithoutAdapter">Logits of the model alone.</param>
/// <param name="AfterOne">Largest change of each tensor of the adapter after one step.</param>
/// <param name="AfterTwo">The same after two.</param>
public sealed record AdapterFirstSteps(
    double[] Logits,
    double[] WithoutAdapter, IReadOnlyDictionary<string, double> AfterOne, IReadOnlyDictionary<string, double> AfterTwo)
{
    /// <summary>Takes two training steps.</summary>
    /// <param name="c">The model.</param>
    /// <param name="at">The conditions.</param>
    /// <param name="adapter">The adapter; the method takes ownership.</param>
    /// <param name="stale">True to give the optimizer a copy.</param>
    internal static AdapterFirstSteps Measure(LoraCase c, Conditions at, Adapter adapter, bool stale = false)
    {
        using var owned = adapter;
        using var weights = ModelCase.Weights(c.Model.Config, at);
        foreach (var weight in weights.Tensors) weight.requires_grad_(false);
        using var moved = stale ? adapter.Parameters.CopyTo(at.Device) : null;
        using var model = new LanguageModel(weights, at.ComputeType, adapter: adapter);
        using var optimizer = new AdamW(moved ?? model.TrainableParameters, new(0.9, 0.95, 1e-8, 0));
        var ids = c.Model.Ids(at);
        double[] with = Logits(model), without = LoraSpec.Logits(weights, adapter: null, ids, at).Doubles();
        var before = adapter.Parameters.Doubles();
        return new(with, without, Step(), Step());

        double[] Logits(LanguageModel of)
        {
            using var grad = no_grad();
            return of.Forward(ids).Doubles();
        }

        Dictionary<string, double> Step()
        {
            var batch = TokenBatch.Create(ids.Longs(), c.Model.Ids(at, salt: 3).Longs(), c.Model.Batch, at.Device);
            GradientAccumulation.Compute(model, [batch], batch.LossTerms, training: false);
            if (moved is not null) foreach (var name in moved.Names) moved[name].grad = adapter.Parameters[name].grad;
            optimizer.Step(0.01);
            return before.ToDictionary(
                tensor => tensor.Key,
                tensor => adapter.Parameters[tensor.Key].Doubles().LargestDifference(tensor.Value));
        }
    }
}
