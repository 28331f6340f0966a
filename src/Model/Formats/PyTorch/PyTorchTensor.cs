using System.Globalization;

namespace TurkishLlm.Model.Formats.PyTorch;

/// <summary>Elements that tensors of a PyTorch file are views of.</summary>
/// <param name="Type">Their type.</param>
/// <param name="Key">Name of the entry that holds them.</param>
/// <param name="Count">How many there are.</param>
internal sealed record PyTorchStorage(SafetensorsDtype Type, string Key, long Count);

/// <summary>A tensor of a PyTorch file: which elements of a storage it is made of. Always within its storage.</summary>
internal sealed class PyTorchTensor
{
    private PyTorchTensor(PyTorchStorage storage, long offset, long[] shape, long[] strides) =>
        (Storage, Offset, Shape, Strides) = (storage, offset, shape, strides);

    public PyTorchStorage Storage { get; }

    /// <summary>Element of the storage that is the first of the tensor.</summary>
    public long Offset { get; }

    public long[] Shape { get; }

    /// <summary>Elements of the storage from one index of an axis to the next.</summary>
    public long[] Strides { get; }

    /// <summary>True when the elements lie in the storage as they are read.</summary>
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

    /// <summary>Checks that the tensor lies within its storage.</summary>
    /// <param name="storage">What it is a view of.</param>
    /// <param name="offset">Its first element.</param>
    /// <param name="shape">Sizes of the axes.</param>
    /// <param name="strides">Steps of the axes.</param>
    /// <param name="tensor">The tensor.</param>
    /// <param name="problem">What is wrong when there is none, in a sentence.</param>
    public static bool TryCreate(PyTorchStorage storage, long offset, long[] shape, long[] strides, out PyTorchTensor tensor, out string problem)
    {
        tensor = new PyTorchTensor(storage, offset, shape, strides);
        problem = FindProblem(tensor) ?? "";
        return problem.Length == 0;
    }

    private static string? FindProblem(PyTorchTensor tensor)
    {
        var (storage, offset, shape, strides) = (tensor.Storage, tensor.Offset, tensor.Shape, tensor.Strides);
        if (shape.Length != strides.Length) return Invariant($"a tensor has {shape.Length} sizes but {strides.Length} strides");
        if (offset < 0 || shape.Any(size => size < 0) || strides.Any(stride => stride < 0)) return $"a tensor has a negative size, stride or offset: {Describe(tensor)}";
        if (shape.Contains(0)) return null;
        try
        {
            var (count, last) = (1L, offset);
            checked
            {
                for (var axis = 0; axis < shape.Length; axis++) (count, last) = (count * shape[axis], last + (shape[axis] - 1) * strides[axis]);
            }
            if (last >= storage.Count) return Invariant($"a tensor reads element {last} of a storage that has {storage.Count}: {Describe(tensor)}");
            if (count > storage.Count) return Invariant($"a tensor has {count} elements in a storage of {storage.Count}: {Describe(tensor)}. It was expanded; call contiguous() before saving");
            return null;
        }
        catch (OverflowException)
        {
            return $"a tensor has more elements than can be counted: {Describe(tensor)}";
        }
    }

    private static string Describe(PyTorchTensor t) => Invariant($"size [{FormatNumbers(t.Shape)}], stride [{FormatNumbers(t.Strides)}], offset {t.Offset}");

    private static string FormatNumbers(long[] numbers) => string.Join(", ", numbers.Select(n => n.ToString(CultureInfo.InvariantCulture)));

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
