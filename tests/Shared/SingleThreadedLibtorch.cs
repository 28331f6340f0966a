using System.Runtime.CompilerServices;
using TorchSharp;
using TurkishLlm.Kernels.Native;

namespace TurkishLlm.Tests.Shared;

internal static class SingleThreadedLibtorch
{
    /// <summary>On tensors as small as those of tests, two threads are slower than one.</summary>
    [ModuleInitializer]
    internal static void UseOne()
    {
        TorchLibrary.Load();
        torch.set_num_threads(1);
    }
}
