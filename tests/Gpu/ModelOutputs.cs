using TorchSharp;
using TurkishLlm.Model;
using TurkishLlm.Model.Layers;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Specification;
using static TorchSharp.torch;

namespace TurkishLlm.Tests.Gpu;

/// <summary>What a model makes of a batch, on the host and in float64.</summary>
/// <param name="Logits"><c>[b, t, vocabulary]</c></param>
/// <param name="Loss">Mean over the counted targets, in nats.</param>
/// <param name="Gradients">Of the loss by every weight.</param>
internal sealed record ModelOutputs(double[] Logits, double Loss, IReadOnlyDictionary<string, double[]> Gradients)
{
    public static ModelOutputs Compute(LanguageModel model, Tensor inputs, Tensor targets)
    {
        using var scope = NewDisposeScope();
        model.Parameters.ClearGradients();
        var loss = model.ComputeLossSum(inputs, targets, scale: 1 / targets.ne(CrossEntropy.IgnoreIndex).sum().ToDouble());
        loss.backward();
        using var grad = no_grad();
        return new(
            Doubles(model.Forward(inputs)), loss.ToDouble(),
            model.Parameters.Names.ToDictionary(name => name, name => Doubles(model.Parameters[name].grad!)));
    }

    /// <summary>What is further from another computation than TOL-MODEL and TOL-LOSS allow; empty where they agree.</summary>
    public IEnumerable<string> FindDifferences(ModelOutputs expected, ModelConfig config, ComputeType type)
    {
        var ofLogits = Tolerance.Model(type.NumberType, config.NLayers, config.DFf);
        var ofGradients = Tolerance.ModelGradient(type.NumberType, config.NLayers, config.DFf);
        var largest = expected.Logits.Max(Math.Abs);
        (string What, double Error, double Allowed)[] all =
        [
            ("logits", Relative(Logits, expected.Logits), ofLogits),
            (
                "loss", Math.Abs(Loss - expected.Loss),
                Tolerance.Loss(type.NumberType, config.VocabSize, largest) + 2 * ofLogits * largest),
            .. Gradients.Select(g => (g.Key, Relative(g.Value, expected.Gradients[g.Key]), ofGradients)),
        ];
        // Written so that NaN disagrees.
        return all.Where(one => !(one.Error <= one.Allowed))
            .Select(one => FormattableString.Invariant($"{one.What}: {one.Error:E2}, allowed {one.Allowed:E2}"));
    }

    private static double[] Doubles(Tensor tensor) => tensor.detach().to(float64, CPU).flatten().data<double>().ToArray();

    private static double Relative(double[] actual, double[] expected) => actual.Length != expected.Length
        ? double.PositiveInfinity
        : actual.Zip(expected, (a, b) => Math.Abs(a - b)).Aggregate(0.0, Math.Max) / expected.Max(Math.Abs);
}
