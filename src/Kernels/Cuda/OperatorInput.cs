using System.Globalization;
using static TorchSharp.torch;

namespace TurkishLlm.Kernels.Cuda;

/// <summary>What a kernel must be sure of before it reads memory: it checks no bounds itself.</summary>
internal static class OperatorInput
{
    /// <exception cref="ArgumentException">A tensor has another number type or device than it should.</exception>
    public static void Check(
        string operation, Device device, params ReadOnlySpan<(string Name, Tensor Tensor, ScalarType Type)> tensors)
    {
        foreach (var (name, tensor, type) in tensors)
        {
            if (tensor.dtype != type)
                throw new ArgumentException(
                    $"{operation}: {name} holds {tensor.dtype}; it takes {type}. Convert it with .to(ScalarType.{type}).");
            if (tensor.device_type != device.type || tensor.device_index != device.index)
                throw new ArgumentException(
                    $"{operation}: {name} is on {tensor.device} and the first input on {device}. Move both to the same device.");
        }
    }

    /// <exception cref="ArgumentException">A tensor has another shape than it should.</exception>
    /// <param name="operation">For the message.</param>
    /// <param name="name">For the message.</param>
    /// <param name="tensor">The tensor.</param>
    /// <param name="expected">Its shape; −1 stands for any length.</param>
    public static void CheckShape(string operation, string name, Tensor tensor, params ReadOnlySpan<long> expected)
    {
        var shape = tensor.shape;
        var right = shape.Length == expected.Length;
        for (var i = 0; right && i < shape.Length; i++) right = expected[i] == -1 || shape[i] == expected[i];
        if (right) return;
        var wanted = expected.ToArray().Select(length => length == -1 ? "any" : length.ToString(CultureInfo.InvariantCulture));
        throw new ArgumentException(
            $"{operation}: {name} has the shape [{string.Join(", ", shape)}]; it takes [{string.Join(", ", wanted)}].");
    }
}
