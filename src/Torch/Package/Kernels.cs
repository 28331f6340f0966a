using static TorchSharp.torch;

namespace TurkishLlm.Torch;

/// <summary>The TorchSharp package has no kernels of ours: plain operators do all the work.</summary>
public static class Kernels
{
    /// <summary>False: there is none.</summary>
    public static bool Has(Fused wanted, Fused kernel, Tensor x, bool inBFloat16 = false) => false;

    /// <summary>What attention is made of, for people to read.</summary>
    public static string AttentionOn(Device device, bool inBFloat16) => "attention by plain operators, which store every score";

    /// <summary>Not there.</summary>
    public static IDisposable PlayDevice() => throw Missing();

    /// <summary>Does nothing: the package has no such switch.</summary>
    public static void DemandEqualBits()
    {
    }

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
