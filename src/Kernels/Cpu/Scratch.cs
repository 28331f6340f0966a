using System.Runtime.InteropServices;

namespace TurkishLlm.Kernels.Cpu;

/// <summary>Memory that a thread uses within one task. It grows to what the largest task needs and is freed with the thread.</summary>
internal static unsafe class Scratch
{
    private const nuint CacheLine = 64;

    [ThreadStatic] private static Slots? _slots;

    /// <summary>
    /// Room for some numbers, at the start of a cache line; valid until this thread asks for the same room again. Not initialised.
    /// </summary>
    /// <param name="slot">Which of the rooms of the thread, 0 … 7.</param>
    /// <param name="count">Numbers.</param>
    public static T* GetBuffer<T>(int slot, long count)
        where T : unmanaged => (T*)(_slots ??= new Slots()).GetBuffer(slot, (nuint)count * (nuint)sizeof(T));

    private sealed class Slots
    {
        private readonly (nint Address, nuint Size)[] _buffers = new (nint, nuint)[8];

        // The thread has ended.
        ~Slots()
        {
            foreach (var (address, _) in _buffers) NativeMemory.AlignedFree((void*)address);
        }

        public nint GetBuffer(int slot, nuint bytes)
        {
            ref var found = ref _buffers[slot];
            if (found.Size >= bytes) return found.Address;
            NativeMemory.AlignedFree((void*)found.Address);
            // Rooms of a power of two would all begin in the same set of the cache.
            found = ((nint)NativeMemory.AlignedAlloc(bytes + (nuint)(slot + 1) * CacheLine, CacheLine), bytes);
            return found.Address;
        }
    }
}
