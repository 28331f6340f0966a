using static TorchSharp.torch;

namespace TurkishLlm.Specification.LanguageModels.Functions;

/// <summary>Normalizes a tensor over its last axis.</summary>
/// <param name="x"><c>[…, width]</c></param>
/// <param name="weight"><c>[width]</c></param>
/// <param name="eps">Added to the mean square.</param>
public delegate Tensor Norm(Tensor x, Tensor weight, double eps);

/// <summary>Shape and scale of the input of a norm.</summary>
/// <param name="Batch">Rows.</param>
/// <param name="Time">Positions.</param>
/// <param name="Width">Features.</param>
/// <param name="Scale">Standard deviation of the features.</param>
/// <param name="Epsilon">ε of the norm.</param>
public sealed record NormCase(int Batch, int Time, int Width, double Scale, double Epsilon = 1e-5)
{
    /// <summary>Draws the input, <c>[batch, time, width]</c>.</summary>
    /// <param name="at">Seed and device.</param>
    public Tensor Input(Conditions at) => at.Normal(10, Scale, Batch, Time, Width);

    /// <summary>Draws the weight, <c>[width]</c>, near one.</summary>
    /// <param name="at">Seed and device.</param>
    public Tensor Weight(Conditions at) => at.Normal(11, 0.1, Width) + 1;
}
