using System.Runtime.InteropServices;

namespace TurkishLlm.Kernels;

/// <summary>Memory that a thread uses within one task. It grows to what the largest task needs and is freed with the thread.</summary>
internal static unsafe class Scratch
{
    private const nuint CacheLine = 64;

    [ThreadStatic] private static Rooms? _rooms;

    /// <summary>
    /// Room for some numbers, at the start of a cache line; valid until this thread asks for the same room again. Not initialised.
    /// </summary>
    /// <param name="room">Which of the rooms of the thread, 0 … 7.</param>
    /// <param name="count">Numbers.</param>
    public static T* Take<T>(int room, long count)
        where T : unmanaged => (T*)(_rooms ??= new Rooms()).Take(room, (nuint)count * (nuint)sizeof(T));

    private sealed class Rooms
    {
        private readonly (nint Address, nuint Size)[] _rooms = new (nint, nuint)[8];

        // The thread has ended.
        ~Rooms()
        {
            foreach (var (address, _) in _rooms) NativeMemory.AlignedFree((void*)address);
        }

        public nint Take(int room, nuint bytes)
        {
            ref var found = ref _rooms[room];
            if (found.Size >= bytes) return found.Address;
            NativeMemory.AlignedFree((void*)found.Address);
            // Rooms of a power of two would all begin in the same set of the cache.
            found = ((nint)NativeMemory.AlignedAlloc(bytes + (nuint)(room + 1) * CacheLine, CacheLine), bytes);
            return found.Address;
        }
    }
}
