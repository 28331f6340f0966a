using static TorchSharp.torch;

namespace TurkishLlm.Kernels;

/// <summary>Where the first number of a tensor is, in the memory of its device. Nothing is copied, whatever the device.</summary>
internal static unsafe class DataPointer
{
    private static readonly delegate* unmanaged[Cdecl]<nint, nint> Data =
        (delegate* unmanaged[Cdecl]<nint, nint>)TorchLibrary.TorchSharpFunction("THSTensor_data");

    /// <summary>The address, with the offset of a view in its storage. Valid as long as the tensor lives.</summary>
    public static nint Of(Tensor tensor) => Data(tensor.Handle);
}
