using System.Runtime.InteropServices;

namespace TurkishLlm.Training.Safety;

/// <summary>Recognizes failed allocations among the exceptions of a step.</summary>
internal static class OutOfMemory
{
    // Messages of the CUDA allocator, of the CPU allocators of libtorch 1 and 2, and of C++.
    private static readonly string[] Messages = ["out of memory", "can't allocate memory", "not enough memory", "bad_alloc"];

    public static bool IsOutOfMemory(Exception error) =>
        error is OutOfMemoryException
        || (
            error is ExternalException && Messages.Any(words => error.Message.Contains(words, StringComparison.OrdinalIgnoreCase))
        );
}
