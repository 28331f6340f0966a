using static TorchSharp.torch;

namespace TurkishLlm.Kernels;

/// <summary>Tensors as error messages show them.</summary>
public static class TensorDescription
{
    /// <summary>Number type and shape, and the device where it is not the CPU: <c>Float32 [2, 3] on cuda:0</c>.</summary>
    public static string Describe(Tensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        var place = tensor.device_type == TorchSharp.DeviceType.CPU ? "" : $" on {tensor.device}";
        return $"{tensor.dtype} {FormatShape(tensor.shape)}{place}";
    }

    /// <summary>A shape: <c>[2, 3]</c>.</summary>
    public static string FormatShape(ReadOnlySpan<long> shape) => $"[{string.Join(", ", shape.ToArray())}]";
}
