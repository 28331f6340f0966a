using static TorchSharp.torch;

namespace TurkishLlm.Kernels.Native;

/// <summary>The memory of a tensor, for code that reads and writes it directly.</summary>
public static unsafe class TensorMemory
{
    private static readonly delegate* unmanaged[Cdecl]<nint, nint> Data =
        (delegate* unmanaged[Cdecl]<nint, nint>)TorchLibrary.TorchSharpFunction("THSTensor_data");

    /// <summary>Address of the first element, on the device that holds it. The tensor must outlive its use.</summary>
    /// <param name="tensor">Contiguous.</param>
    /// <exception cref="ArgumentException">Its elements do not lie side by side.</exception>
    public static nint GetDataPointer(Tensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        if (!tensor.is_contiguous())
            throw new ArgumentException(
                $"A tensor of shape [{string.Join(", ", tensor.shape)}] is not contiguous. Call contiguous() first.",
                nameof(tensor));
        return Data(tensor.Handle);
    }

    /// <summary>The same for a tensor whose elements may lie apart; a view's offset in its storage included.</summary>
    internal static nint GetStridedDataPointer(Tensor tensor) => Data(tensor.Handle);

    internal static float* GetFloatPointer(Tensor tensor) => (float*)GetDataPointer(tensor);
}
