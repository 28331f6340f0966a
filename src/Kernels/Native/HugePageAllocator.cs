using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace TurkishLlm.Kernels.Native;

/// <summary>
/// Allocates the large arrays of a step in one region of huge pages and keeps freed memory in the process: a step needs the same
/// sizes as the previous one, and memory returned to the system would be faulted in again, page by page. Best fit, lowest address
/// first; adjacent free blocks are merged.
/// </summary>
/// <remarks>
/// Linux only; elsewhere allocations fail and callers use the heap. Source: mmap(2), madvise(2).
/// </remarks>
internal static partial class HugePageAllocator
{
    /// <summary>Smallest size of an array, in bytes.</summary>
    public const long MinSize = 1 << 20;

    // Sizes are odd multiples of a cache line, so that arrays start at different offsets within their pages: with equal offsets
    // they would compete for the same cache sets.
    private const long BlockUnit = 17 * 65 * 64;

    private const int ReadAndWrite = 3, PrivateAnonymousNoReserve = 0x4022, HugePagesAdvised = 14, DontNeed = 4;

    private static readonly nint PageBytes = Environment.SystemPageSize;

    private static readonly Lock Access = new();
    private static readonly List<Block> FreeBlocks = [];                          // by address
    private static readonly Dictionary<nint, long> AllocatedSizes = [];
    private static readonly nint BaseAddress =
        NativeEnvironment.IsFreedMemoryRetained && OperatingSystem.IsLinux() ? Reserve() : 0;

    /// <summary>Allocates an array; returns zero if there is no room.</summary>
    public static nint Allocate(long bytes)
    {
        if (BaseAddress == 0) return 0;
        var size = (bytes + BlockUnit - 1) / BlockUnit * BlockUnit;
        lock (Access)
        {
            var best = -1;
            for (var i = 0; i < FreeBlocks.Count; i++)
                if (FreeBlocks[i].Size >= size && (best < 0 || FreeBlocks[i].Size < FreeBlocks[best].Size)) best = i;
            if (best < 0) return 0;
            var (address, room) = FreeBlocks[best];
            if (room == size) FreeBlocks.RemoveAt(best);
            else FreeBlocks[best] = new(address + (nint)size, room - size);
            AllocatedSizes[address] = size;
            return address;
        }
    }

    /// <summary>Frees an array of <see cref="Allocate"/>.</summary>
    public static void Free(nint address)
    {
        lock (Access)
        {
            AllocatedSizes.Remove(address, out var size);
            var next = 0;
            while (next < FreeBlocks.Count && FreeBlocks[next].Address < address) next++;
            if (next < FreeBlocks.Count && FreeBlocks[next].Address == address + (nint)size)
            {
                size += FreeBlocks[next].Size;
                FreeBlocks.RemoveAt(next);
            }
            if (next > 0 && FreeBlocks[next - 1] is var before && before.Address + (nint)before.Size == address)
                FreeBlocks[next - 1] = before with { Size = before.Size + size };
            else
                FreeBlocks.Insert(next, new(address, size));
        }
    }

    /// <summary>Returns the pages of free blocks to the system. The addresses stay reserved.</summary>
    [SupportedOSPlatform("linux")]
    public static void ReturnFreePages()
    {
        lock (Access)
        {
            foreach (var (address, size) in FreeBlocks)
            {
                // Whole pages only: their ends are shared with arrays in use.
                var first = (address + PageBytes - 1) / PageBytes * PageBytes;
                var end = (address + (nint)size) / PageBytes * PageBytes;
                if (end > first) _ = madvise(first, (nuint)(end - first), DontNeed);
            }
        }
    }

    // As large as the memory of the machine. Pages take memory when they are first written.
    [SupportedOSPlatform("linux")]
    private static nint Reserve()
    {
        var size = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / BlockUnit * BlockUnit;
        var address = mmap(0, (nuint)size, ReadAndWrite, PrivateAnonymousNoReserve, -1, 0);
        if (address == -1) return 0;
        _ = madvise(address, (nuint)size, HugePagesAdvised);
        FreeBlocks.Add(new(address, size));
        return address;
    }

    [LibraryImport("libc")]
    private static partial nint mmap(nint address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc")]
    private static partial int madvise(nint address, nuint length, int advice);

    private readonly record struct Block(nint Address, long Size);
}
