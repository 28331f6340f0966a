using System.Text;

namespace TurkishLlm.Kernels.Cuda;

/// <summary>The source text of <c>kernels.cu</c>, and the names of its kernels.</summary>
internal static class KernelSource
{
    public const string RmsNormForward = "rms_norm_forward", RmsNormBackward = "rms_norm_backward", AdamW = "adamw";

    /// <summary>All kernels that operators launch, with template arguments.</summary>
    public static IReadOnlyList<string> KernelNames { get; } =
    [
        RmsNormForward, RmsNormBackward, AdamW,
        SwiGluForward(false), SwiGluForward(true), SwiGluBackward(false), SwiGluBackward(true),
        CrossEntropy(false), CrossEntropy(true),
    ];

    /// <summary>CUDA C++ without includes.</summary>
    public static string Text { get; } = Read();

    public static string SwiGluForward(bool inBFloat16) => inBFloat16 ? "swiglu_forward<bf16>" : "swiglu_forward<float>";

    public static string SwiGluBackward(bool inBFloat16) => inBFloat16 ? "swiglu_backward<bf16>" : "swiglu_backward<float>";

    public static string CrossEntropy(bool inBFloat16) => inBFloat16 ? "cross_entropy<bf16>" : "cross_entropy<float>";

    private static string Read()
    {
        using var stream = typeof(KernelSource).Assembly.GetManifestResourceStream("kernels.cu")!;
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return Encoding.UTF8.GetString(bytes);
    }
}
