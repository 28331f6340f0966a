using TorchSharp;
using static TorchSharp.torch;

namespace TurkishLlm.Specification;

/// <summary>Copies tensors to the host, where the oracles run, and compares them there.</summary>
public static class TensorValues
{
    /// <summary>
    /// Returns the elements in row-major order as float64. Flat, because TorchSharp can read an empty tensor only that way.
    /// </summary>
    public static double[] Doubles(this Tensor tensor)
    {
        using var scope = NewDisposeScope();
        return tensor.detach().to(float64, CPU).flatten().data<double>().ToArray();
    }

    /// <summary>Returns int64 elements in row-major order.</summary>
    public static long[] Longs(this Tensor tensor)
    {
        using var scope = NewDisposeScope();
        return tensor.cpu().flatten().data<long>().ToArray();
    }

    /// <summary>Computes max|a−b| ÷ max|b|; infinite if lengths differ, NaN if a value is NaN.</summary>
    public static double RelativeTo(this double[] actual, double[] expected)
    {
        var scale = expected.Length == 0 ? 0 : expected.Max(Math.Abs);
        return LargestDifference(actual, expected) / (scale > 0 ? scale : 1);
    }

    /// <inheritdoc cref="RelativeTo(double[], double[])"/>
    public static double RelativeTo(this Tensor actual, double[] expected) => actual.Doubles().RelativeTo(expected);

    /// <summary>Computes max|a−b|; equal infinities differ by 0.</summary>
    public static double LargestDifference(this double[] actual, double[] expected)
    {
        if (actual.Length != expected.Length) return double.PositiveInfinity;
        var largest = 0.0;
        for (var i = 0; i < actual.Length; i++)
        {
            var difference = actual[i] == expected[i] ? 0 : Math.Abs(actual[i] - expected[i]);
            if (double.IsNaN(difference)) return double.NaN;
            largest = Math.Max(largest, difference);
        }
        return largest;
    }

    /// <inheritdoc cref="LargestDifference(double[], double[])"/>
    public static double LargestDifference(this Tensor actual, Tensor expected) =>
        actual.shape.AsSpan().SequenceEqual(expected.shape)
            ? actual.Doubles().LargestDifference(expected.Doubles())
            : double.PositiveInfinity;

    /// <summary>Computes the largest |a−b|/|b| over all elements, for results with an elementwise bound.</summary>
    public static double ElementwiseRelativeTo(this Tensor actual, double[] expected)
    {
        var values = actual.Doubles();
        if (values.Length != expected.Length) return double.PositiveInfinity;
        return values.Zip(expected, (a, b) => a == b ? 0 : Math.Abs(a - b) / Math.Abs(b)).Aggregate(0.0, Math.Max);
    }

    /// <summary>Formats the shape as text.</summary>
    public static string FormatShape(this Tensor tensor) => $"[{string.Join(", ", tensor.shape)}]";
}
