using static TorchSharp.torch;

namespace TurkishLlm.Kernels.Cuda;

/// <summary>Runs the kernels of <c>kernels.cu</c>: by the driver of a CUDA device, or in the tests by an emulation.</summary>
internal unsafe interface ICudaLauncher
{
    /// <summary>Runs a kernel once, after everything that libtorch was asked to compute before.</summary>
    /// <param name="kernel">One of <see cref="KernelSource.KernelNames"/>.</param>
    /// <param name="tensor">A tensor on the device that shall run it.</param>
    /// <param name="blocks">Blocks of the grid, at least one.</param>
    /// <param name="threads">Threads of a block.</param>
    /// <param name="arguments">Where each parameter's value is: eight bytes, of which a shorter type reads the first.</param>
    void Launch(string kernel, Tensor tensor, long blocks, int threads, void** arguments);
}
