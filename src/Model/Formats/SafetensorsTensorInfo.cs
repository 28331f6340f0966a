using System.Globalization;

namespace TurkishLlm.Model.Formats;

/// <summary>Name, type and shape of a tensor in a file.</summary>
/// <param name="Name">Name, unique in the file.</param>
/// <param name="Type">Type of the elements.</param>
/// <param name="Shape">Sizes of the axes, row-major; empty for a scalar.</param>
public sealed record SafetensorsTensorInfo(string Name, SafetensorsDtype Type, params IReadOnlyList<long> Shape)
{
    /// <summary>Bytes per element.</summary>
    public int ElementSize => Type switch
    {
        SafetensorsDtype.BOOL or SafetensorsDtype.U8 or SafetensorsDtype.I8 => 1,
        SafetensorsDtype.U16 or SafetensorsDtype.I16 or SafetensorsDtype.F16 or SafetensorsDtype.BF16 => 2,
        SafetensorsDtype.U32 or SafetensorsDtype.I32 or SafetensorsDtype.F32 => 4,
        _ => 8,
    };

    /// <summary>Number of elements.</summary>
    /// <exception cref="OverflowException">More than 2⁶³ − 1.</exception>
    public long ElementCount => Shape.Contains(0) ? 0 : Shape.Aggregate(1L, (product, size) => checked(product * size));

    /// <summary>Bytes of the tensor.</summary>
    /// <exception cref="OverflowException">More than 2⁶³ − 1.</exception>
    public long ByteCount => checked(ElementCount * ElementSize);

    /// <inheritdoc/>
    public bool Equals(SafetensorsTensorInfo? other) =>
        other is not null && Name == other.Name && Type == other.Type && Shape.SequenceEqual(other.Shape);

    /// <inheritdoc/>
    public override int GetHashCode() =>
        Shape.Aggregate(HashCode.Combine(Name, Type), (hash, size) => HashCode.Combine(hash, size));

    /// <inheritdoc/>
    public override string ToString() =>
        $"{Name} {Type}[{string.Join(", ", Shape.Select(size => size.ToString(CultureInfo.InvariantCulture)))}]";
}
