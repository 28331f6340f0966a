using static TorchSharp.torch;

namespace TurkishLlm.Specification.Xunit;

/// <summary>Tests that need a CUDA device.</summary>
public static class CudaDevice
{
    /// <summary>
    /// The environment variable that makes a missing device a failure. Set it to 1 where a device is paid for: a suite that was
    /// skipped would look as good there as one that passed.
    /// </summary>
    public const string RequiredVariable = "TURKISHLLM_GPU_REQUIRED";

    /// <summary>Skips the test without a CUDA device, or fails it if <see cref="RequiredVariable"/> is set.</summary>
    public static void Require() => Prerequisite.Require(
        cuda.is_available(), RequiredVariable,
        "There is no CUDA device here, or no libtorch for it: reference TorchSharp-cuda-linux or TorchSharp-cuda-windows.");
}
