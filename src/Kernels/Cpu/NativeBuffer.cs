using System.Runtime.InteropServices;
using TurkishLlm.Kernels.Native;

namespace TurkishLlm.Kernels.Cpu;

/// <summary>Temporary memory of an operator.</summary>
internal sealed unsafe class NativeBuffer<T> : IDisposable
    where T : unmanaged
{
    private const nuint CacheLine = 64;

    private readonly bool _isLarge;
    private T* _pointer;

    /// <param name="count">Number of elements.</param>
    public NativeBuffer(long count)
    {
        var bytes = Math.Max(1, count) * sizeof(T);
        var large = bytes < HugePageAllocator.MinSize ? 0 : HugePageAllocator.Allocate(bytes);
        _isLarge = large != 0;
        _pointer = _isLarge ? (T*)large : (T*)NativeMemory.AlignedAlloc((nuint)bytes, CacheLine);
        UninitializedMemory.Initialize(_pointer, bytes);
    }

    /// <summary>Pointer to the first element, aligned to a cache line. Not initialized.</summary>
    public T* Pointer => _pointer;

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_pointer is null) return;
        if (_isLarge) HugePageAllocator.Free((nint)_pointer);
        else NativeMemory.AlignedFree(_pointer);
        _pointer = null;
    }
}
