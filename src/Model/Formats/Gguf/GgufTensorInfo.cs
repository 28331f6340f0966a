using System.Globalization;

namespace TurkishLlm.Model.Formats.Gguf;

/// <summary>Name, type and shape of a tensor in a GGUF file.</summary>
/// <param name="Name">Name, unique in the file.</param>
/// <param name="Type">Type of the elements.</param>
/// <param name="Shape">
/// Sizes of the axes, row-major, as in PyTorch. The file lists them in the opposite order, beginning with the row length.
/// </param>
public sealed record GgufTensorInfo(string Name, GgufTensorType Type, params IReadOnlyList<long> Shape)
{
    /// <summary>Length of a row, which a block never crosses.</summary>
    public long RowLength => Shape.Count == 0 ? 1 : Shape[^1];

    /// <summary>Number of elements.</summary>
    /// <exception cref="OverflowException">More than 2⁶³ − 1.</exception>
    public long ElementCount => Shape.Aggregate(1L, (product, size) => checked(product * size));

    /// <summary>Bytes of the tensor, without padding.</summary>
    /// <exception cref="OverflowException">More than 2⁶³ − 1.</exception>
    public long ByteCount => checked(ElementCount / GgufBlocks.GetLength(Type) * GgufBlocks.GetByteCount(Type));

    /// <inheritdoc/>
    public bool Equals(GgufTensorInfo? other) =>
        other is not null && Name == other.Name && Type == other.Type && Shape.SequenceEqual(other.Shape);

    /// <inheritdoc/>
    public override int GetHashCode() =>
        Shape.Aggregate(HashCode.Combine(Name, Type), (hash, size) => HashCode.Combine(hash, size));

    /// <inheritdoc/>
    public override string ToString() =>
        $"{Name} {Type}[{string.Join(", ", Shape.Select(size => size.ToString(CultureInfo.InvariantCulture)))}]";
}
