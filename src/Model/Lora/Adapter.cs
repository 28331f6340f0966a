using TorchSharp;
using TurkishLlm.Kernels;
using TurkishLlm.Model.Parameters;
using static TorchSharp.torch;

namespace TurkishLlm.Model.Lora;

/// <summary>
/// A few numbers that are learned in place of a model's own: to the products of chosen matrices W it adds those of
/// (alpha ÷ rank)·B·A, two thin matrices. The model itself keeps its bits, and one model can have many adapters.
/// </summary>
/// <remarks>
/// A begins uniform within ±1/√in, the Kaiming draw of the reference code, and B at zero, so that the model begins as it is.
/// Owns its tensors. Source: Hu et al. 2021, arXiv:2106.09685, section 4.1. Spec: LOR-01, LOR-02, LOR-03, LOR-06, LOR-07.
/// </remarks>
public sealed class Adapter : IDisposable
{
    private readonly Dictionary<string, LowRankUpdate> _updates;

    /// <param name="lora">Its size and strength.</param>
    /// <param name="parameters">A and B of every matrix, under the names of <see cref="LoraConfig.GetShapes"/>; owned from here on.</param>
    public Adapter(LoraConfig lora, ParameterTable parameters)
    {
        ArgumentNullException.ThrowIfNull(lora);
        ArgumentNullException.ThrowIfNull(parameters);
        (Lora, Parameters) = (lora, parameters);
        _updates = lora.GetTargetWeights(parameters.Config).ToDictionary(
            weight => weight, weight => new LowRankUpdate(GetA(weight), GetB(weight), lora.Scale, lora.Dropout), StringComparer.Ordinal);
    }

    /// <summary>Its size and strength.</summary>
    public LoraConfig Lora { get; }

    /// <summary>A and B of every matrix: all that learns.</summary>
    public ParameterTable Parameters { get; }

    /// <summary>Draws a new adapter from one seed, on the CPU, so that every device starts from the same bits.</summary>
    /// <param name="model">The model it is for.</param>
    /// <param name="lora">Its size and strength.</param>
    /// <param name="seed">Same seed, same adapter.</param>
    /// <param name="device">Where it goes.</param>
    public static Adapter Create(ModelConfig model, LoraConfig lora, long seed, Device device)
    {
        ArgumentNullException.ThrowIfNull(lora);
        using var generator = new Generator((ulong)seed);
        return new(lora, ParameterTable.Create(model, lora.GetShapes(model), (name, shape) =>
        {
            using var grad = no_grad();
            var isA = name.EndsWith(".lora_a", StringComparison.Ordinal);
            var limit = 1 / Math.Sqrt(shape[1]);
            var tensor = isA ? empty(shape, float32).uniform_(-limit, limit, generator) : zeros(shape, float32);
            return device.type == DeviceType.CPU ? tensor : tensor.to(device);
        }));
    }

    /// <summary>What is added to the products of a matrix; null where nothing is.</summary>
    /// <param name="weight">Checkpoint name of the matrix.</param>
    public LowRankUpdate? Find(string weight) => _updates.GetValueOrDefault(weight);

    /// <summary>The model that computes by itself what it computes with the adapter: W + (alpha ÷ rank)·B·A, in float64 and rounded once.</summary>
    /// <param name="weights">The model the adapter was trained on; not changed.</param>
    /// <returns>New weights on the same device; those without an addition keep their bits.</returns>
    /// <exception cref="ShapeException">The adapter was made for matrices of other sizes.</exception>
    public ParameterTable MergeInto(ParameterTable weights)
    {
        ArgumentNullException.ThrowIfNull(weights);
        return weights.CreateLike(name =>
        {
            using var grad = no_grad();
            var weight = weights[name].detach();
            if (Find(name) is not { } added) return weight.clone();
            added.ThrowIfIncompatible(weight, name);
            using var scope = NewDisposeScope();
            var addition = GetB(name).detach().to(float64).CheckedMatmul(GetA(name).detach().to(float64)) * Lora.Scale;      // [out, in]
            return (weight.to(float64) + addition).to(float32).MoveToOuterDisposeScope();
        });
    }

    /// <inheritdoc/>
    public void Dispose() => Parameters.Dispose();

    private Tensor GetA(string weight) => Parameters[LoraConfig.GetNameOfA(weight)];

    private Tensor GetB(string weight) => Parameters[LoraConfig.GetNameOfB(weight)];
}
