using System.Runtime.InteropServices;
using TurkishLlm.Kernels.Native;

namespace TurkishLlm.Kernels.Cpu;

/// <summary>Memory of one operator, released at its end.</summary>
internal sealed unsafe class NativeBuffer<T> : IDisposable
    where T : unmanaged
{
    private const nuint CacheLine = 64;

    private readonly bool _isLarge;
    private T* _pointer;

    /// <param name="count">Numbers of room.</param>
    public NativeBuffer(long count)
    {
        var bytes = Math.Max(1, count) * sizeof(T);
        var large = bytes < HugePageAllocator.MinSize ? 0 : HugePageAllocator.Allocate(bytes);
        _isLarge = large != 0;
        _pointer = _isLarge ? (T*)large : (T*)NativeMemory.AlignedAlloc((nuint)bytes, CacheLine);
    }

    /// <summary>The first number, at the start of a cache line. Not initialised.</summary>
    public T* Pointer => _pointer;

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_pointer is null) return;
        if (_isLarge) HugePageAllocator.Release((nint)_pointer);
        else NativeMemory.AlignedFree(_pointer);
        _pointer = null;
    }
}
