using System.Runtime.InteropServices;
using TurkishLlm.Kernels.Native;

namespace TurkishLlm.Kernels.Cpu;

/// <summary>
/// Scratch memory of a thread for the duration of a task. It grows to the largest request and is freed with the thread.
/// </summary>
internal static unsafe class Scratch
{
    private const nuint CacheLine = 64;

    [ThreadStatic] private static Slots? _slots;

    /// <summary>
    /// Returns a buffer, aligned to a cache line; valid until this thread requests the same slot again. Not initialized.
    /// </summary>
    /// <param name="slot">Index of the buffer within the thread, 0 … 7.</param>
    /// <param name="count">Number of elements.</param>
    public static T* GetBuffer<T>(int slot, long count)
        where T : unmanaged
    {
        var bytes = count * sizeof(T);
        var buffer = (T*)(_slots ??= new Slots()).GetBuffer(slot, (nuint)bytes);
        UninitializedMemory.Initialize(buffer, bytes);
        return buffer;
    }

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
            // Buffers with sizes that are powers of two would all start in the same cache set.
            found = ((nint)NativeMemory.AlignedAlloc(bytes + (nuint)(slot + 1) * CacheLine, CacheLine), bytes);
            return found.Address;
        }
    }
}
