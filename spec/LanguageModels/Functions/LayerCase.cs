using TorchSharp;
using static TorchSharp.torch;

namespace TurkishLlm.Specification.LanguageModels.Functions;

/// <summary>Sizes of a layer and its input.</summary>
/// <param name="Batch">Rows.</param>
/// <param name="Time">Positions.</param>
/// <param name="Heads">Query heads.</param>
/// <param name="KeyValueHeads">Key/value heads; divide the query heads.</param>
/// <param name="HeadSize">Features of a head.</param>
/// <param name="Inner">Width inside the feed-forward network.</param>
public sealed record LayerCase(int Batch, int Time, int Heads, int KeyValueHeads, int HeadSize, int Inner = 56)
{
    /// <summary>Heads, key/value heads, head size and length differ; several rows.</summary>
    public static IReadOnlyList<LayerCase> Usual { get; } = [new(2, 11, 4, 2, 10), new(3, 7, 6, 3, 8, 40)];

    /// <summary>TOL-MODEL for one layer.</summary>
    /// <param name="at">Number type.</param>
    public double Allowed(Conditions at) => Tolerance.Model(at.NumberType, 1, Math.Max(Inner, this.Width));

    /// <summary>Draws the residual stream, <c>[batch, time, width]</c>, float32.</summary>
    /// <param name="at">Seed and device.</param>
    /// <param name="salt">Selects the random stream.</param>
    public Tensor Input(Conditions at, long salt = 20) => at.Normal(salt, 1, Batch, Time, this.Width);

    /// <summary>
    /// Draws weights that keep the scale of their input, so that every part of the layer has a visible effect. They are rounded
    /// to bfloat16, so that products in it get the same inputs as the oracle.
    /// </summary>
    /// <param name="at">Seed and device.</param>
    public LayerWeights CreateWeights(Conditions at)
    {
        using var generator = at.CreateGenerator(77);
        var (width, keyValueWidth) = (this.Width, KeyValueHeads * HeadSize);
        (string Name, long Outputs, long Inputs)[] shapes =
        [
            ("attn.q_proj", width, width), ("attn.k_proj", keyValueWidth, width), ("attn.v_proj", keyValueWidth, width),
            ("attn.o_proj", width, width), ("ffn.gate_proj", Inner, width), ("ffn.up_proj", Inner, width),
            ("ffn.down_proj", width, Inner),
        ];
        return new(shapes.ToDictionary(shape => shape.Name, shape =>
        {
            using var scope = NewDisposeScope();
            using var grad = no_grad();
            var drawn = randn([shape.Outputs, shape.Inputs], float32, generator: generator) * (1 / Math.Sqrt(shape.Inputs));
            return drawn.to(bfloat16).to(float32).to(at.Device).MoveToOuterDisposeScope().requires_grad_();
        }));
    }
}

/// <summary>Sizes that follow from others.</summary>
public static class LayerCaseExtensions
{
    extension(LayerCase c)
    {
        /// <summary>Width of the residual stream. An extension, so that it is no part of the name of a case.</summary>
        public int Width => c.Heads * c.HeadSize;
    }
}
