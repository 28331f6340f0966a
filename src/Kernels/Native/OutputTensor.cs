using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using TorchSharp;
using TurkishLlm.Kernels.Autograd;
using static TorchSharp.torch;

namespace TurkishLlm.Kernels.Native;

/// <summary>Allocates the results of operators: large ones in <see cref="HugePageAllocator"/>.</summary>
internal static unsafe class OutputTensor
{
    private static readonly delegate* unmanaged[Cdecl]<
        nint, delegate* unmanaged[Cdecl]<nint, void>, long*, int, sbyte, sbyte, int, int, byte, nint> FromMemory =
        (delegate* unmanaged[Cdecl]<nint, delegate* unmanaged[Cdecl]<nint, void>, long*, int, sbyte, sbyte, int, int, byte, nint>)
            TorchLibrary.TorchSharpFunction("THSTensor_new");

    /// <summary>Creates an uninitialized CPU tensor.</summary>
    /// <param name="shape">Its shape.</param>
    /// <param name="type">float32 or bfloat16.</param>
    public static Tensor Empty(long[] shape, ScalarType type = ScalarType.Float32)
    {
        var bytes = (type == ScalarType.BFloat16 ? sizeof(ushort) : sizeof(float))
            * shape.Aggregate(1L, (product, size) => product * size);
        var memory = bytes < HugePageAllocator.MinSize ? 0 : HugePageAllocator.Allocate(bytes);
        if (memory == 0) return empty(shape, type);
        UninitializedMemory.Initialize((void*)memory, bytes);
        fixed (long* sizes = shape)
        {
            var handle = FromMemory(memory, &Free, sizes, shape.Length, (sbyte)type, (sbyte)type, (int)DeviceType.CPU, 0, 0);
            NativeAutograd.Check();
            return Tensor.UnsafeCreateTensor(handle);
        }
    }

    /// <summary>Creates an uninitialized tensor with shape and type of another one.</summary>
    public static Tensor EmptyLike(Tensor other) => Empty(other.shape, other.dtype);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Free(nint memory) => HugePageAllocator.Free(memory);
}
