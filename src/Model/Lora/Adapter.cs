using TorchSharp;
using TurkishLlm.Kernels;
using TurkishLlm.Model.Parameters;
using static TorchSharp.torch;

namespace TurkishLlm.Model.Lora;

/// <summary>
/// A LoRA adapter: adds (alpha ÷ rank)·B·A, the product of two thin matrices, to chosen matrices W of a model. Only A and B are
/// trained; the model keeps its bits and can have many adapters.
/// </summary>
/// <remarks>
/// A is initialized uniformly within ±1/√in (the Kaiming initialization of the reference code) and B with zeros, so that the
/// adapted model is initially the base model. Owns its tensors. Source: Hu et al. 2021, arXiv:2106.09685, section 4.1. Spec:
/// LOR-01, LOR-02, LOR-03, LOR-06, LOR-07.
/// </remarks>
public sealed class Adapter : IDisposable
{
    private readonly Dictionary<string, LowRankUpdate> _updates;

    /// <param name="lora">The configuration of the adapter.</param>
    /// <param name="parameters">
    /// A and B of every matrix, under the names of <see cref="LoraConfig.GetShapes"/>; the adapter takes ownership.
    /// </param>
    public Adapter(LoraConfig lora, ParameterTable parameters)
    {
        ArgumentNullException.ThrowIfNull(lora);
        ArgumentNullException.ThrowIfNull(parameters);
        (Lora, Parameters) = (lora, parameters);
        _updates = lora.GetTargetWeights(parameters.Config).ToDictionary(
            weight => weight,
            weight => new LowRankUpdate(GetA(weight), GetB(weight), lora.Scale, lora.Dropout),
            StringComparer.Ordinal);
    }

    /// <summary>The configuration of the adapter.</summary>
    public LoraConfig Lora { get; }

    /// <summary>The trainable parameters: A and B of every matrix.</summary>
    public ParameterTable Parameters { get; }

    /// <summary>Creates a new adapter from a seed, on the CPU, so that every device starts from the same bits.</summary>
    /// <param name="model">The base model.</param>
    /// <param name="lora">The configuration of the adapter.</param>
    /// <param name="seed">Same seed, same adapter.</param>
    /// <param name="device">The device of the result.</param>
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

    /// <summary>Returns the low-rank update of a matrix; null if it is not adapted.</summary>
    /// <param name="weight">Checkpoint name of the matrix.</param>
    public LowRankUpdate? Find(string weight) => _updates.GetValueOrDefault(weight);

    /// <summary>Merges the adapter into its base weights: W + (alpha ÷ rank)·B·A, computed in float64 and rounded once.</summary>
    /// <param name="weights">The base weights; not modified.</param>
    /// <returns>New weights on the same device; matrices that are not adapted keep their bits.</returns>
    /// <exception cref="ShapeException">The adapter is for matrices of other sizes.</exception>
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
            // [out, in]
            var addition = GetB(name).detach().to(float64).CheckedMatmul(GetA(name).detach().to(float64)) * Lora.Scale;
            return (weight.to(float64) + addition).to(float32).MoveToOuterDisposeScope();
        });
    }

    /// <inheritdoc/>
    public void Dispose() => Parameters.Dispose();

    private Tensor GetA(string weight) => Parameters[LoraConfig.GetNameOfA(weight)];

    private Tensor GetB(string weight) => Parameters[LoraConfig.GetNameOfB(weight)];
}
