using System.Runtime.InteropServices;

namespace TurkishLlm.Training.Safety;

/// <summary>Recognises an allocation that failed among all that can go wrong in a step.</summary>
internal static class OutOfMemory
{
    // What CUDA's allocator, the CPU allocators of libtorch 1 and 2, and C++ itself say.
    private static readonly string[] Messages = ["out of memory", "can't allocate memory", "not enough memory", "bad_alloc"];

    public static bool IsOutOfMemory(Exception error) =>
        error is OutOfMemoryException || (error is ExternalException && Messages.Any(words => error.Message.Contains(words, StringComparison.OrdinalIgnoreCase)));
}
