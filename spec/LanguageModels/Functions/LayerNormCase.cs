using static TorchSharp.torch;

namespace TurkishLlm.Specification.LanguageModels.Functions;

/// <summary>Normalizes a tensor over its last axis to mean 0 and variance 1, then scales and shifts it.</summary>
/// <param name="x"><c>[…, width]</c></param>
/// <param name="weight"><c>[width]</c></param>
/// <param name="bias"><c>[width]</c></param>
/// <param name="eps">Added to the variance.</param>
public delegate Tensor LayerNorm(Tensor x, Tensor weight, Tensor bias, double eps);

/// <summary>Shape and scale of the input of a LayerNorm.</summary>
/// <param name="Batch">Rows.</param>
/// <param name="Time">Positions.</param>
/// <param name="Width">Features.</param>
/// <param name="Scale">Standard deviation of the features; their mean is half of it.</param>
/// <param name="Epsilon">ε of the norm.</param>
public sealed record LayerNormCase(int Batch, int Time, int Width, double Scale, double Epsilon = 1e-5)
{
    /// <summary>Draws the input, <c>[batch, time, width]</c>.</summary>
    /// <param name="at">Seed and device.</param>
    /// <param name="salt">Selects the random stream.</param>
    public Tensor Input(Conditions at, long salt = 10) => at.Normal(salt, Scale, Batch, Time, Width) + Scale / 2;

    /// <summary>Draws the weight, <c>[width]</c>, near one.</summary>
    /// <param name="at">Seed and device.</param>
    public Tensor Weight(Conditions at) => at.Normal(11, 0.1, Width) + 1;

    /// <summary>Draws the bias, <c>[width]</c>.</summary>
    /// <param name="at">Seed and device.</param>
    public Tensor Bias(Conditions at) => at.Normal(14, 0.5, Width);
}
