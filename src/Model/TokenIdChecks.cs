using System.Runtime.InteropServices;
using TorchSharp;
using TurkishLlm.Kernels;
using static TorchSharp.torch;

namespace TurkishLlm.Model;

/// <summary>
/// Validates ids, targets and positions before an operator reads memory with them. Values are checked on the CPU only: on CUDA
/// each check would synchronize the device, and tokenizer and model were compared when they were loaded.
/// </summary>
internal static class TokenIdChecks
{
    /// <summary>Throws if the number type or the device is wrong.</summary>
    /// <param name="ids">Ids, targets or positions.</param>
    /// <param name="name">Name of the argument.</param>
    /// <param name="device">The expected device.</param>
    /// <exception cref="ArgumentException">They are not int64, or on another device.</exception>
    public static void ThrowIfWrongTypeOrDevice(Tensor ids, string name, Device device)
    {
        if (ids.dtype != ScalarType.Int64)
            throw new ArgumentException(
                $"{name} must be int64 but are {TensorDescription.Describe(ids)}. Convert them with to(int64).");
        if (ids.device_type != device.type)
            throw new ArgumentException(
                $"{name} must be on {device}, where the model is, but are {TensorDescription.Describe(ids)}. Move them with to.");
    }

    /// <summary>Throws if a value is out of range.</summary>
    /// <param name="ids">Contiguous or not, int64.</param>
    /// <param name="name">Name of the argument.</param>
    /// <param name="smallest">Smallest allowed value.</param>
    /// <param name="end">Largest allowed value plus one.</param>
    /// <param name="rule">The rule and the fix, for the message.</param>
    /// <exception cref="ArgumentException">A value is out of range.</exception>
    public static void ThrowIfOutOfRange(Tensor ids, string name, long smallest, long end, string rule)
    {
        if (ids.device_type != DeviceType.CPU) return;
        using var inOrder = ids.contiguous();
        var numbers = MemoryMarshal.Cast<byte, long>(inOrder.bytes);
        for (var i = 0; i < numbers.Length; i++)
            if (numbers[i] < smallest || numbers[i] >= end)
                throw new ArgumentException(
                    $"{name} {TensorDescription.FormatShape(ids.shape)} hold {numbers[i]} at "
                        + $"{FormatIndex(i, ids.shape)}: {rule}");
    }

    /// <summary>Throws if segment starts decrease along a row, or one is after its position.</summary>
    /// <param name="segmentStarts"><c>[b, t]</c>, int64.</param>
    /// <exception cref="ArgumentException">
    /// A segment start is negative, after its position, or smaller than that of the previous position.
    /// </exception>
    public static void ThrowIfInvalidSegmentStarts(Tensor segmentStarts)
    {
        if (segmentStarts.device_type != DeviceType.CPU) return;
        using var inOrder = segmentStarts.contiguous();
        var numbers = MemoryMarshal.Cast<byte, long>(inOrder.bytes);
        var length = segmentStarts.size(1);
        for (var i = 0; i < numbers.Length; i++)
        {
            var position = i % length;
            if (numbers[i] < (position == 0 ? 0 : numbers[i - 1]) || numbers[i] > position)
                throw new ArgumentException(
                    $"segmentStarts {TensorDescription.FormatShape(segmentStarts.shape)} hold {numbers[i]} at "
                        + $"{FormatIndex(i, segmentStarts.shape)}: "
                    + "a segment start is 0 … its own position and does not decrease along a row.");
        }
    }

    private static string FormatIndex(long index, long[] shape)
    {
        var place = new long[shape.Length];
        for (var axis = shape.Length - 1; axis >= 0; axis--) (index, place[axis]) = Math.DivRem(index, shape[axis]);
        return TensorDescription.FormatShape(place);
    }
}
