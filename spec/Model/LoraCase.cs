using TurkishLlm.Model.Lora;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Spec.Oracles;
using TurkishLlm.Spec.Plans;
using static TorchSharp.torch;

namespace TurkishLlm.Spec.Model;

/// <summary>A small model with an adapter. Rank and alpha differ, so that their quotient is not one.</summary>
/// <param name="Model">The model.</param>
/// <param name="Rank">Rows of A.</param>
/// <param name="Alpha">The scale before division by the rank.</param>
/// <param name="Targets">Target matrices, such as <c>q v down</c>.</param>
public sealed record LoraCase(ModelCase Model, int Rank, double Alpha, string Targets)
{
    /// <summary>All matrices adapted, and three matrices of an untied model, one of them not square.</summary>
    internal static IReadOnlyList<LoraCase> Usual { get; } =
    [
        new(ModelCase.Usual[0], Rank: 4, Alpha: 10, "q k v o gate up down"),
        new(ModelCase.Usual[1], Rank: 3, Alpha: 2, "q v down"),
    ];

    /// <summary>The adapter of the run on the sizes of its model; none if it trains all weights.</summary>
    internal static IReadOnlyList<LoraCase> FromPlan(Conditions at) => at.Plan.Lora is not { } lora ? [] :
        [new(ModelCase.WithFewTokens(at, 9), lora.Rank, lora.Alpha, string.Join(' ', lora.Targets).ToLowerInvariant())];

    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant($"rank {Rank}, alpha {Alpha} on {Targets}; {Model}");

    internal LoraConfig Lora =>
        new(Rank, Alpha, targets: [.. Targets.Split(' ').Select(target => Enum.Parse<LoraTarget>(target, ignoreCase: true))]);

    /// <summary>
    /// Creates an adapter as after long training: its addition is half as large as the weight. Rounded to bfloat16, so that
    /// products in it get the same inputs as the oracle.
    /// </summary>
    internal Adapter Adapter(Conditions at, long salt = 500, bool rounded = true)
    {
        using var generator = at.CreateGenerator(salt);
        return new(Lora, ParameterTable.Create(Model.Config, Lora.GetShapes(Model.Config), (name, shape) =>
        {
            using var scope = NewDisposeScope();
            using var grad = no_grad();
            var draw = randn(shape, float32, generator: generator);
            var drawn =
                draw
                * (
                    name.EndsWith("lora_a", StringComparison.Ordinal)
                        ? 1 / Math.Sqrt(shape[1])
                        : 0.5 / (Lora.Scale * Math.Sqrt(Rank)));
            return (rounded ? drawn.to(bfloat16).to(float32) : drawn).to(at.Device).MoveToOuterDisposeScope();
        }));
    }

    /// <summary>Computes the merged weights with the oracle.</summary>
    internal Dictionary<string, double[]> Merged(ParameterTable weights, Adapter adapter)
    {
        var merged = weights.Doubles();
        foreach (var name in Lora.GetTargetWeights(Model.Config))
            merged[name] = LoraOracle.Merge(merged[name], A(adapter, name), B(adapter, name), Rank, Alpha);
        return merged;
    }

    internal static double[] A(Adapter adapter, string weight) =>
        adapter.Parameters[weight.Replace(".weight", ".lora_a", StringComparison.Ordinal)].Doubles();

    internal static double[] B(Adapter adapter, string weight) =>
        adapter.Parameters[weight.Replace(".weight", ".lora_b", StringComparison.Ordinal)].Doubles();

    /// <summary>Copies an adapter with another configuration and changed tensors.</summary>
    internal static Adapter Changed(Adapter adapter, LoraConfig? lora = null, Func<string, Tensor, Tensor>? change = null) => new(
        lora ?? adapter.Lora, adapter.Parameters.CreateLike(name =>
        {
            using var grad = no_grad();
            var tensor = adapter.Parameters[name].detach();
            return change?.Invoke(name, tensor) ?? tensor.clone();
        }));

    /// <summary>Copies an adapter with another alpha.</summary>
    internal static Adapter WithAlpha(Adapter adapter, double alpha) =>
        Changed(adapter, new(adapter.Lora.Rank, alpha, 0, adapter.Lora.Targets));

    internal double Allowed(Conditions at) => Tolerance.Adapted(at.NumberType, Model.Layers, Math.Max(Model.Inner, Model.Width));

    internal double AllowedGradient(Conditions at) =>
        Tolerance.AdaptedGradient(at.NumberType, Model.Layers, Math.Max(Model.Inner, Model.Width));

    internal double AllowedMerged(Conditions at) =>
        Tolerance.Merged(at.NumberType, Model.Layers, Math.Max(Model.Inner, Model.Width));
}
