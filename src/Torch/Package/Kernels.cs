using static TorchSharp.torch;

namespace TurkishLlm.Torch;

/// <summary>The TorchSharp package has no kernels of ours: plain operators do all the work.</summary>
public static class Kernels
{
    /// <summary>False: there is none.</summary>
    public static bool Has(Fused wanted, Fused kernel, Tensor x) => false;

    /// <summary>Not there.</summary>
    public static Tensor[] Linears(Tensor x, Tensor[] weights, bool inBFloat16) => throw Missing();

    /// <summary>Not there.</summary>
    public static Tensor RmsNorm(Tensor x, Tensor weight, double eps) => throw Missing();

    /// <summary>Not there.</summary>
    public static Tensor SwiGluLinear(Tensor gate, Tensor up, Tensor weight, bool inBFloat16) => throw Missing();

    /// <summary>Not there.</summary>
    public static Tensor AlibiAttention(Tensor q, Tensor k, Tensor v, Tensor slopes, Tensor? starts, bool inBFloat16) => throw Missing();

    /// <summary>Not there.</summary>
    public static Tensor LinearCrossEntropy(Tensor hidden, Tensor weight, Tensor targets, long ignored, double scale, bool inBFloat16) => throw Missing();

    /// <summary>Not there.</summary>
    public static void AdamW(
        Tensor weight, Tensor gradient, Tensor mean, Tensor square, double learningRate, double beta1, double beta2, double eps, double decay, long step) =>
        throw Missing();

    private static NotSupportedException Missing() => new("The TorchSharp package has no kernels of ours; ask Has first.");
}
