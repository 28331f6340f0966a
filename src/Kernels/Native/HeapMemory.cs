using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace TurkishLlm.Kernels.Native;

/// <summary>
/// Keeps the memory of freed tensors in the process, in huge pages. A step needs the same sizes as the previous one; memory that
/// was returned to the system would be faulted in again, page by page.
/// </summary>
/// <remarks>
/// glibc only: all memory comes from one heap that never shrinks and is advised to use huge pages before it is touched. Source:
/// mallopt(3), malloc_trim(3), madvise(2), sbrk(2).
/// </remarks>
internal static partial class HeapMemory
{
    private const int TrimThreshold = -1, TopPad = -2, MmapMax = -4;
    private const int HugePagesAdvised = 14;
    private const long HugePage = 2 << 20;

    /// <summary>Configures the heap. Call it before libtorch allocates.</summary>
    [SupportedOSPlatform("linux")]
    public static void Configure()
    {
        try
        {
            // The heap grows once by the memory of the machine; pages take memory when they are first written.
            var room = (int)Math.Min(
                int.MaxValue / HugePage * HugePage, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 2 / HugePage * HugePage);
            if (mallopt(TopPad, room) == 0) return;
            _ = mallopt(MmapMax, 0);
            _ = mallopt(TrimThreshold, int.MaxValue);
            AdviseHugePages();
            _ = mallopt(TopPad, 64 << 20);
        }
        catch (EntryPointNotFoundException)
        {
            // A C library other than glibc: its heap is not changed.
        }
    }

    /// <summary>Returns free memory to the system, and configures the heap again.</summary>
    [SupportedOSPlatform("linux")]
    public static void Release()
    {
        try
        {
            _ = malloc_trim(0);
        }
        catch (EntryPointNotFoundException)
        {
            return;
        }
        Configure();
    }

    private static unsafe void AdviseHugePages()
    {
        var before = (long)sbrk(0);
        NativeMemory.Free(NativeMemory.Alloc((nuint)HugePage));
        var first = (before + HugePage - 1) / HugePage * HugePage;
        if ((long)sbrk(0) is var end && end > first) _ = madvise((nint)first, (nuint)(end - first), HugePagesAdvised);
    }

    [LibraryImport("libc")]
    private static partial int mallopt(int option, int value);

    [LibraryImport("libc")]
    private static partial int malloc_trim(nuint pad);

    [LibraryImport("libc")]
    private static partial nint sbrk(nint increment);

    [LibraryImport("libc")]
    private static partial int madvise(nint address, nuint length, int advice);
}
