using System.Runtime.CompilerServices;
using TorchSharp;

namespace TurkishLlm.Tests;

internal static class Threads
{
    /// <summary>On tensors as small as those of tests, two threads are slower than one.</summary>
    [ModuleInitializer]
    internal static void UseOne() => torch.set_num_threads(1);
}
