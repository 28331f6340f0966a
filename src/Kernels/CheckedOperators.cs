using System.Runtime.InteropServices;
using TorchSharp;
using TurkishLlm.Kernels.Autograd;
using static TorchSharp.torch;

namespace TurkishLlm.Kernels;

/// <summary>
/// Replacements for members of TorchSharp that end the process or hide the error if an argument is invalid.
/// </summary>
/// <remarks>
/// TorchSharp turns errors of libtorch into exceptions, but some of its native functions have no handler, so their errors reach
/// <c>std::terminate</c>. <c>BannedSymbols.TorchSharp.txt</c> bans these members; docs/torchsharp.md lists the measurements.
/// </remarks>
public static class CheckedOperators
{
    /// <summary>Computes a·b over the last two axes, like <c>matmul</c>; the leading axes are broadcast.</summary>
    /// <param name="a"><c>[…, n, k]</c></param>
    /// <param name="b"><c>[…, k, m]</c></param>
    /// <returns><c>[…, n, m]</c></returns>
    /// <exception cref="ArgumentException">The shapes, number types or devices do not match.</exception>
    /// <exception cref="ExternalException">Out of memory; <c>matmul</c> would end the process.</exception>
    public static Tensor CheckedMatmul(this Tensor a, Tensor b)
    {
        var (left, right) = (a.shape, b.shape);
        if (FindProblem(a, left, b, right) is { } rule)
            throw new ArgumentException(
                $"matmul received {TensorDescription.Describe(a)} and {TensorDescription.Describe(b)}: {rule}");

        // matmul itself ends in mm and bmm, which report errors.
        var (n, k, m) = (left[^2], left[^1], right[^1]);
        if (left.Length == 2 && right.Length == 2) return a.mm(b);
        if (right.Length == 2) return a.reshape(MultiplySizes(left.AsSpan(..^1)), k).mm(b).view([.. left[..^1], m]);
        var batch = BroadcastShape(left.AsSpan(..^2), right.AsSpan(..^2))!;
        var count = MultiplySizes(batch);
        return ExpandToBatch(a, [.. batch, n, k], count).bmm(ExpandToBatch(b, [.. batch, k, m], count)).view([.. batch, n, m]);
    }

    /// <summary>Sets the number of threads per operator of libtorch.</summary>
    /// <param name="threads">Number of threads, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is less than 1.</exception>
    public static void SetNumThreads(int threads)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
#pragma warning disable RS0030 // The number is checked.
        set_num_threads(threads);
#pragma warning restore RS0030
    }

    /// <summary>Waits for all work of a CUDA device. Does nothing on other devices, which work synchronously.</summary>
    /// <exception cref="ExternalException">An operator that was started earlier failed.</exception>
    public static void Synchronize(Device device)
    {
        ArgumentNullException.ThrowIfNull(device);
        if (device.type != DeviceType.CUDA) return;
#pragma warning disable RS0030 // TorchSharp does not check the error of this call; it is checked below.
        cuda.synchronize(device);
#pragma warning restore RS0030
        if (NativeAutograd.TakeError() is not { } error) return;
#pragma warning disable CA2201 // The type that TorchSharp throws.
        throw new ExternalException(
            $"synchronize on {device} reports an operator that failed before: {error} Set CUDA_LAUNCH_BLOCKING=1 to see which.");
#pragma warning restore CA2201
    }

    private static string? FindProblem(Tensor a, long[] left, Tensor b, long[] right)
    {
        if (left.Length < 2 || right.Length < 2) return "each needs at least two axes. Add one with unsqueeze.";
        if (left[^1] != right[^2])
            return $"the last axis of the first ({left[^1]}) must be as long as the last but one of the second ({right[^2]}).";
        if (a.dtype != b.dtype) return "both must have the same number type. Convert one with to.";
        if (a.device_type != b.device_type || a.device_index != b.device_index)
            return "both must be on the same device. Move one with to.";
        return BroadcastShape(left.AsSpan(..^2), right.AsSpan(..^2)) is null
            ? "the axes before the last two must be equal, or 1 in one of them."
            : null;
    }

    private static long[]? BroadcastShape(ReadOnlySpan<long> a, ReadOnlySpan<long> b)
    {
        var shape = new long[Math.Max(a.Length, b.Length)];
        for (var i = 1; i <= shape.Length; i++)
        {
            var (x, y) = (i <= a.Length ? a[^i] : 1, i <= b.Length ? b[^i] : 1);
            if (x != y && x != 1 && y != 1) return null;
            shape[^i] = x == 1 ? y : x;
        }
        return shape;
    }

    private static Tensor ExpandToBatch(Tensor matrices, long[] shape, long count) =>
        (matrices.shape.AsSpan().SequenceEqual(shape) ? matrices : matrices.expand(shape)).reshape(count, shape[^2], shape[^1]);

    private static long MultiplySizes(ReadOnlySpan<long> sizes)
    {
        var product = 1L;
        foreach (var size in sizes) product *= size;
        return product;
    }
}
