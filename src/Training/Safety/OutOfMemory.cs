using System.Runtime.InteropServices;

namespace TurkishLlm.Training;

/// <summary>Recognises an allocation that failed among all that can go wrong in a step.</summary>
internal static class OutOfMemory
{
    // What CUDA's allocator, the CPU allocators of libtorch 1 and 2, and C++ itself say.
    private static readonly string[] Said = ["out of memory", "can't allocate memory", "not enough memory", "bad_alloc"];

    public static bool Is(Exception error) =>
        error is OutOfMemoryException || (error is ExternalException && Said.Any(words => error.Message.Contains(words, StringComparison.OrdinalIgnoreCase)));
}
