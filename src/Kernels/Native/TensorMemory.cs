using static TorchSharp.torch;

namespace TurkishLlm.Kernels.Native;

/// <summary>Gives direct access to the memory of tensors.</summary>
public static unsafe class TensorMemory
{
    private static readonly delegate* unmanaged[Cdecl]<nint, nint> Data =
        (delegate* unmanaged[Cdecl]<nint, nint>)TorchLibrary.TorchSharpFunction("THSTensor_data");

    /// <summary>
    /// Returns the address of the first element, on the device of the tensor. The tensor must outlive the address.
    /// </summary>
    /// <param name="tensor">Contiguous.</param>
    /// <exception cref="ArgumentException">The tensor is not contiguous.</exception>
    public static nint GetDataPointer(Tensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        if (!tensor.is_contiguous())
            throw new ArgumentException(
                $"A tensor of shape [{string.Join(", ", tensor.shape)}] is not contiguous. Call contiguous() first.",
                nameof(tensor));
        return Data(tensor.Handle);
    }

    /// <summary>Returns the same for tensors that may not be contiguous, including the storage offset of a view.</summary>
    internal static nint GetStridedDataPointer(Tensor tensor) => Data(tensor.Handle);

    internal static float* GetFloatPointer(Tensor tensor) => (float*)GetDataPointer(tensor);
}
