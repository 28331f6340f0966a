using static TorchSharp.torch;

namespace TurkishLlm.Kernels.Cuda;

/// <summary>Launches the kernels of <c>kernels.cu</c>: with the driver of a CUDA device, or in an emulator for tests.</summary>
internal unsafe interface ICudaLauncher
{
    /// <summary>Launches a kernel after all earlier work of libtorch.</summary>
    /// <param name="kernel">One of <see cref="KernelSource.KernelNames"/>.</param>
    /// <param name="tensor">A tensor on the device of the launch.</param>
    /// <param name="blocks">Number of blocks, at least one.</param>
    /// <param name="threads">Threads per block.</param>
    /// <param name="arguments">
    /// Address of the value of each parameter: eight bytes, of which shorter types read the first.
    /// </param>
    void Launch(string kernel, Tensor tensor, long blocks, int threads, void** arguments);
}
