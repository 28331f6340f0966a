using TorchSharp;
using static TorchSharp.torch;

namespace TurkishLlm.Model.Parameters;

/// <summary>Initializes the weights of a new model.</summary>
/// <remarks>
/// Matrices ~ N(0, 0.02); the two that write to the residual stream, <c>o_proj</c> and <c>down_proj</c>, are scaled by
/// 1/√(2·n_layers), so that the variance of the stream does not grow with depth; norms start at 1. Source: Radford et al. 2019
/// (GPT-2), section 2.3; reference report, section 7.
/// </remarks>
public static class WeightInitializer
{
    /// <summary>Standard deviation of matrices that do not write to the residual stream.</summary>
    public const double StandardDeviation = 0.02;

    /// <summary>Returns the standard deviation of a matrix.</summary>
    public static double GetStandardDeviation(string name, ModelConfig config) =>
        name.EndsWith(".o_proj.weight", StringComparison.Ordinal) || name.EndsWith(".down_proj.weight", StringComparison.Ordinal)
            ? StandardDeviation / Math.Sqrt(2.0 * config.NLayers)
            : StandardDeviation;

    /// <summary>Initializes all weights from a seed, on the CPU, so that every device starts from the same bits.</summary>
    /// <param name="config">The model.</param>
    /// <param name="seed">Same seed, same weights.</param>
    /// <param name="device">The device of the result.</param>
    public static ParameterTable Initialize(ModelConfig config, long seed, Device device)
    {
        using var generator = new Generator((ulong)seed);
        return ParameterTable.Create(config, (name, shape) =>
        {
            using var grad = no_grad();
            var tensor = shape.Length == 1
                ? ones(shape, float32)
                : empty(shape, float32).normal_(0, GetStandardDeviation(name, config), generator);
            return device.type == DeviceType.CPU ? tensor : tensor.to(device);
        });
    }
}
