using System.Globalization;
using static System.FormattableString;

namespace TurkishLlm.Model.Formats.PyTorch;

/// <summary>A storage of a PyTorch file: the elements that tensors are views of.</summary>
/// <param name="Type">Type of the elements.</param>
/// <param name="Key">Name of its entry in the archive.</param>
/// <param name="Count">Number of elements.</param>
internal sealed record PyTorchStorage(SafetensorsDtype Type, string Key, long Count);

/// <summary>A tensor of a PyTorch file: a view of a storage. Always within the storage.</summary>
internal sealed class PyTorchTensor
{
    private PyTorchTensor(PyTorchStorage storage, long offset, long[] shape, long[] strides) =>
        (Storage, Offset, Shape, Strides) = (storage, offset, shape, strides);

    public PyTorchStorage Storage { get; }

    /// <summary>Index of the first element in the storage.</summary>
    public long Offset { get; }

    public long[] Shape { get; }

    /// <summary>Distance in the storage between consecutive indices of each axis.</summary>
    public long[] Strides { get; }

    /// <summary>True if the elements are consecutive in the storage.</summary>
    public bool IsContiguous
    {
        get
        {
            var expected = 1L;
            for (var axis = Shape.Length - 1; axis >= 0; expected *= Shape[axis--])
                if (Shape[axis] != 1 && Strides[axis] != expected) return Shape.Contains(0);
            return true;
        }
    }

    /// <summary>Creates a tensor if it is within its storage.</summary>
    /// <param name="storage">The storage.</param>
    /// <param name="offset">Index of the first element.</param>
    /// <param name="shape">Sizes of the axes.</param>
    /// <param name="strides">Strides of the axes.</param>
    /// <param name="tensor">The tensor.</param>
    /// <param name="problem">The problem if the tensor is invalid, in a sentence.</param>
    public static bool TryCreate(
        PyTorchStorage storage, long offset, long[] shape, long[] strides, out PyTorchTensor tensor, out string problem)
    {
        tensor = new PyTorchTensor(storage, offset, shape, strides);
        problem = FindProblem(tensor) ?? "";
        return problem.Length == 0;
    }

    private static string? FindProblem(PyTorchTensor tensor)
    {
        var (storage, offset, shape, strides) = (tensor.Storage, tensor.Offset, tensor.Shape, tensor.Strides);
        if (shape.Length != strides.Length) return Invariant($"a tensor has {shape.Length} sizes but {strides.Length} strides");
        if (offset < 0 || shape.Any(size => size < 0) || strides.Any(stride => stride < 0))
            return $"a tensor has a negative size, stride or offset: {Describe(tensor)}";
        if (shape.Contains(0)) return null;
        try
        {
            var (count, last) = (1L, offset);
            checked
            {
                for (var axis = 0; axis < shape.Length; axis++)
                    (count, last) = (count * shape[axis], last + (shape[axis] - 1) * strides[axis]);
            }
            if (last >= storage.Count)
                return Invariant($"a tensor reads element {last} of a storage that has {storage.Count}: {Describe(tensor)}");
            if (count > storage.Count)
                return Invariant($"a tensor has {count} elements in a storage of {storage.Count}: {Describe(tensor)}. The ")
                + "tensor was expanded; call contiguous() before saving";
            return null;
        }
        catch (OverflowException)
        {
            return $"a tensor has more elements than can be counted: {Describe(tensor)}";
        }
    }

    private static string Describe(PyTorchTensor t) =>
        Invariant($"size [{FormatNumbers(t.Shape)}], stride [{FormatNumbers(t.Strides)}], offset {t.Offset}");

    private static string FormatNumbers(long[] numbers) =>
        string.Join(", ", numbers.Select(n => n.ToString(CultureInfo.InvariantCulture)));
}
