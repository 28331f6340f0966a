using System.Runtime.InteropServices;

namespace TurkishLlm.Kernels;

/// <summary>
/// Memory that a thread uses within one task. It grows to what the largest task needs and stays with the thread.
/// </summary>
internal static unsafe class Scratch
{
    private const nuint CacheLine = 64;

    [ThreadStatic] private static Room[]? _rooms;

    /// <summary>
    /// Room for some numbers, at the start of a cache line; valid until this thread asks for the
    /// same room again. Not initialised.
    /// </summary>
    /// <param name="room">Which of the rooms of the thread, 0 … 7.</param>
    /// <param name="count">Numbers.</param>
    public static T* Take<T>(int room, long count)
        where T : unmanaged
    {
        ref var found = ref (_rooms ??= new Room[8])[room];
        var bytes = (nuint)count * (nuint)sizeof(T);
        if (found.Size < bytes)
        {
            NativeMemory.AlignedFree((void*)found.Address);
            // Rooms of a power of two would all begin in the same set of the cache.
            found = new((nint)NativeMemory.AlignedAlloc(bytes + (nuint)(room + 1) * CacheLine, CacheLine), bytes);
        }
        return (T*)found.Address;
    }

    private readonly record struct Room(nint Address, nuint Size);
}
