using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace TurkishLlm.Specification.LanguageModels.Functions;

/// <summary>The weights that requirements of optimizers update: 283 tokens, width 16, two blocks, an untied head.</summary>
public static class OptimizerWeights
{
    private static IReadOnlyList<(string Name, long[] Shape)> Shapes { get; } =
    [
        ("embed_tokens.weight", [283, 16]),
        .. from layer in Enumerable.Range(0, 2)
           from weight in new (string Name, long[] Shape)[]
           {
               ("attn_norm", [16]), ("attn.q_proj", [16, 16]), ("attn.k_proj", [8, 16]), ("attn.v_proj", [8, 16]),
               ("attn.o_proj", [16, 16]), ("ffn_norm", [16]), ("ffn.gate_proj", [24, 16]), ("ffn.up_proj", [24, 16]),
               ("ffn.down_proj", [16, 24]),
           }
           select ($"layers.{layer}.{weight.Name}.weight", weight.Shape),
        ("norm.weight", [16]), ("lm_head.weight", [283, 16]),
    ];

    /// <summary>
    /// Draws the weights: norms near one, matrices that keep the scale of their input, a small embedding and head.
    /// </summary>
    /// <param name="at">Seed and device.</param>
    public static Dictionary<string, Parameter> Create(Conditions at) =>
        Shapes.Select((entry, i) => (entry.Name, entry.Shape, Salt: 80 + i)).ToDictionary(entry => entry.Name, entry =>
        {
            var (name, shape, salt) = entry;
            var scale = shape.Length == 1 ? 0.1
                : name is "embed_tokens.weight" or "lm_head.weight" ? 0.05
                : 1 / Math.Sqrt(shape[1]);
            using var drawn = at.Normal(salt, scale, shape);
            return new Parameter(shape.Length == 1 ? drawn + 1 : drawn.clone());
        });

    /// <summary>Returns true for everything but norms.</summary>
    /// <param name="name">Name of a weight.</param>
    public static bool IsDecayed(string name) => !name.EndsWith("norm.weight", StringComparison.Ordinal);

    /// <summary>Sets a random gradient of every weight; its scale differs by weight and step.</summary>
    /// <param name="weights">The weights.</param>
    /// <param name="at">Seed and device.</param>
    /// <param name="step">Number of the step.</param>
    public static void DrawGradients<TTensor>(IReadOnlyDictionary<string, TTensor> weights, Conditions at, int step)
        where TTensor : Tensor
    {
        using var grad = no_grad();
        var number = 0;
        foreach (var weight in weights.Values)
        {
            using var scope = NewDisposeScope();
            weight.grad = at.Normal(100 * step + number++, 0.01 * (1 + step + number % 3), weight.shape);
        }
    }

    /// <summary>Copies the weights.</summary>
    /// <param name="weights">The weights.</param>
    public static Dictionary<string, double[]> Copy(IReadOnlyDictionary<string, Parameter> weights) =>
        weights.ToDictionary(weight => weight.Key, weight => weight.Value.Doubles());
}
