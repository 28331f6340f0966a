using System.Runtime.CompilerServices;
using TorchSharp;
using TurkishLlm.Kernels;

namespace TurkishLlm.Tests;

internal static class Threads
{
    /// <summary>On tensors as small as those of tests, two threads are slower than one.</summary>
    [ModuleInitializer]
    internal static void UseOne()
    {
        TorchLibrary.Load();
        torch.set_num_threads(1);
    }
}
