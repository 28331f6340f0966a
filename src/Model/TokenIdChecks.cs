using System.Runtime.InteropServices;
using TorchSharp;
using TurkishLlm.Kernels;
using static TorchSharp.torch;

namespace TurkishLlm.Model;

/// <summary>
/// Checks ids, targets and positions before an operator reads memory with them. Only those on the CPU are read: on a CUDA device
/// every pass would have to wait for the one before, and the tokenizer was compared with the model when both were loaded.
/// </summary>
internal static class TokenIdChecks
{
    /// <summary>Checks number type and device.</summary>
    /// <param name="ids">Ids, targets or positions.</param>
    /// <param name="name">What they are.</param>
    /// <param name="device">Where they have to be.</param>
    /// <exception cref="ArgumentException">They are not int64, or elsewhere.</exception>
    public static void ThrowIfWrongTypeOrDevice(Tensor ids, string name, Device device)
    {
        if (ids.dtype != ScalarType.Int64)
            throw new ArgumentException(
                $"{name} must be int64 but are {TensorDescription.Describe(ids)}. Convert them with to(int64).");
        if (ids.device_type != device.type)
            throw new ArgumentException(
                $"{name} must be on {device}, where the model is, but are {TensorDescription.Describe(ids)}. Move them with to.");
    }

    /// <summary>Checks that every number is allowed.</summary>
    /// <param name="ids">Contiguous or not, int64.</param>
    /// <param name="name">What they are.</param>
    /// <param name="smallest">Smallest number allowed.</param>
    /// <param name="end">First number that is not allowed any more.</param>
    /// <param name="rule">What is allowed, and what to do otherwise.</param>
    /// <exception cref="ArgumentException">A number is not.</exception>
    public static void ThrowIfOutOfRange(Tensor ids, string name, long smallest, long end, string rule)
    {
        if (ids.device_type != DeviceType.CPU) return;
        using var inOrder = ids.contiguous();
        var numbers = MemoryMarshal.Cast<byte, long>(inOrder.bytes);
        for (var i = 0; i < numbers.Length; i++)
            if (numbers[i] < smallest || numbers[i] >= end)
                throw new ArgumentException(
                    $"{name} {TensorDescription.FormatShape(ids.shape)} hold {numbers[i]} at {FormatIndex(i, ids.shape)}: {rule}");
    }

    /// <summary>Checks the first position that each may read: never falling along a row, and none behind its reader.</summary>
    /// <param name="segmentStarts"><c>[b, t]</c>, int64.</param>
    /// <exception cref="ArgumentException">A start is negative, behind its position, or before the start on its left.</exception>
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
                    $"starts {TensorDescription.FormatShape(segmentStarts.shape)} hold {numbers[i]} at {FormatIndex(i, segmentStarts.shape)}: "
                    + "a start is at or before its own position, not negative, and never falls along a row.");
        }
    }

    private static string FormatIndex(long index, long[] shape)
    {
        var place = new long[shape.Length];
        for (var axis = shape.Length - 1; axis >= 0; axis--) (index, place[axis]) = Math.DivRem(index, shape[axis]);
        return TensorDescription.FormatShape(place);
    }
}
