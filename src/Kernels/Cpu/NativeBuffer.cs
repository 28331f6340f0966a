using System.Runtime.InteropServices;

namespace TurkishLlm.Kernels;

/// <summary>Memory of one operator, released at its end; the process keeps it for the next step.</summary>
internal sealed unsafe class NativeBuffer<T>(long count) : IDisposable
    where T : unmanaged
{
    private const nuint CacheLine = 64;

    /// <summary>The first element, at the start of a cache line. Not initialised.</summary>
    public T* Pointer { get; private set; } = (T*)NativeMemory.AlignedAlloc((nuint)Math.Max(1, count) * (nuint)sizeof(T), CacheLine);

    /// <inheritdoc/>
    public void Dispose()
    {
        NativeMemory.AlignedFree(Pointer);
        Pointer = null;
    }
}
