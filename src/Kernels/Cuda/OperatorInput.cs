using System.Globalization;
using static TorchSharp.torch;

namespace TurkishLlm.Kernels.Cuda;

/// <summary>Validates the inputs of kernels, which check no bounds themselves.</summary>
internal static class OperatorInput
{
    /// <exception cref="ArgumentException">A tensor has another number type or device than expected.</exception>
    public static void Check(
        string operation, Device device, params ReadOnlySpan<(string Name, Tensor Tensor, ScalarType Type)> tensors)
    {
        foreach (var (name, tensor, type) in tensors)
        {
            if (tensor.dtype != type)
                throw new ArgumentException(
                    $"{operation}: {name} has the type {tensor.dtype}; expected {type}. Convert it with .to(ScalarType.{type}).");
            if (tensor.device_type != device.type || tensor.device_index != device.index)
                throw new ArgumentException(
                    $"{operation}: {name} is on {tensor.device} and the first input on {device}. Move both to the same device.");
        }
    }

    /// <exception cref="ArgumentException">A tensor has another shape than expected.</exception>
    /// <param name="operation">Name of the operation, for the message.</param>
    /// <param name="name">Name of the argument, for the message.</param>
    /// <param name="tensor">The tensor.</param>
    /// <param name="expected">The expected shape; −1 for any length.</param>
    public static void CheckShape(string operation, string name, Tensor tensor, params ReadOnlySpan<long> expected)
    {
        var shape = tensor.shape;
        var right = shape.Length == expected.Length;
        for (var i = 0; right && i < shape.Length; i++) right = expected[i] == -1 || shape[i] == expected[i];
        if (right) return;
        var wanted = expected.ToArray().Select(length => length == -1 ? "any" : length.ToString(CultureInfo.InvariantCulture));
        throw new ArgumentException(
            $"{operation}: {name} has the shape [{string.Join(", ", shape)}]; expected [{string.Join(", ", wanted)}].");
    }
}
