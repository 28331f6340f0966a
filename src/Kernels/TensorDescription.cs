using static TorchSharp.torch;

namespace TurkishLlm.Kernels;

/// <summary>Describes tensors for error messages.</summary>
public static class TensorDescription
{
    /// <summary>Formats number type and shape, and the device if it is not the CPU: <c>Float32 [2, 3] on cuda:0</c>.</summary>
    public static string Describe(Tensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        var place = tensor.device_type == TorchSharp.DeviceType.CPU ? "" : $" on {tensor.device}";
        return $"{tensor.dtype} {FormatShape(tensor.shape)}{place}";
    }

    /// <summary>Formats a shape: <c>[2, 3]</c>.</summary>
    public static string FormatShape(ReadOnlySpan<long> shape) => $"[{string.Join(", ", shape.ToArray())}]";
}
