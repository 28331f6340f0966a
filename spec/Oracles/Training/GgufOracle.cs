using System.Buffers.Binary;
using System.Text;

namespace TurkishLlm.Spec.Oracles.Training;

/// <summary>A tensor of a GGUF file.</summary>
/// <param name="Dimensions">Sizes as the file lists them: the row length first.</param>
/// <param name="Type">Number of the type in the format.</param>
/// <param name="Offset">First byte of the tensor in <paramref name="File"/>.</param>
/// <param name="File">All bytes of the file.</param>
public sealed record GgufOracleTensor(long[] Dimensions, uint Type, long Offset, byte[] File)
{
    /// <summary>The elements, in the order of the file.</summary>
    public double[] Values
    {
        get
        {
            var count = (int)Dimensions.Aggregate(1L, (product, size) => product * size);
            return [.. Enumerable.Range(0, count).Select(Read)];
        }
    }

    /// <summary>The scale of the Q8_0 block that holds an element.</summary>
    public double ScaleOf(int index) =>
        (double)BinaryPrimitives.ReadHalfLittleEndian(File.AsSpan((int)Offset + index / 32 * 34));

    private double Read(int index) => Type switch
    {
        0 => BinaryPrimitives.ReadSingleLittleEndian(File.AsSpan((int)Offset + 4 * index)),
        1 => (double)BinaryPrimitives.ReadHalfLittleEndian(File.AsSpan((int)Offset + 2 * index)),
        8 => ScaleOf(index) * (sbyte)File[Offset + index / 32 * 34 + 2 + index % 32],
        30 => BitConverter.UInt32BitsToSingle(
            (uint)BinaryPrimitives.ReadUInt16LittleEndian(File.AsSpan((int)Offset + 2 * index)) << 16),
        _ => throw new InvalidDataException($"Type {Type} is not one of this program."),
    };
}

/// <summary>Reads a GGUF file from its bytes.</summary>
/// <remarks>
/// "GGUF", a version and two counts; keys with typed values; names, dimensions, types and offsets of tensors; and from the next
/// multiple of 32 on their data. Source: ggml, docs/gguf.md, "Specification".
/// </remarks>
public sealed class GgufOracle
{
    private readonly byte[] _file;
    private int _at = 4;

    private GgufOracle(byte[] file)
    {
        _file = file;
        if (Encoding.ASCII.GetString(file, 0, 4) != "GGUF" || U32() != 3) throw new InvalidDataException("Not GGUF version 3.");
        var (tensors, values) = ((int)U64(), (int)U64());
        for (var i = 0; i < values; i++) Metadata[Text()] = Value(U32());
        var infos = Enumerable.Range(0, tensors).Select(_ =>
        {
            var name = Text();
            long[] dimensions = [.. Enumerable.Range(0, (int)U32()).Select(_ => (long)U64())];
            return (name, dimensions, U32(), (long)U64());
        }).ToArray();
        var start = (_at + 31) / 32 * 32;
        foreach (var (name, dimensions, type, offset) in infos) Tensors[name] = new(dimensions, type, start + offset, file);
    }

    /// <summary>The metadata: numbers as their .NET type, texts, and arrays of objects.</summary>
    public Dictionary<string, object> Metadata { get; } = new(StringComparer.Ordinal);

    /// <summary>The tensors by name.</summary>
    public Dictionary<string, GgufOracleTensor> Tensors { get; } = new(StringComparer.Ordinal);

    /// <summary>Reads a file.</summary>
    public static GgufOracle Read(string path) => new(File.ReadAllBytes(path));

    private object Value(uint type) => type switch
    {
        4 => U32(),
        5 => (int)U32(),
        6 => BitConverter.UInt32BitsToSingle(U32()),
        7 => _file[_at++] != 0,
        8 => Text(),
        9 => Array(U32(), (int)U64()),
        12 => BitConverter.UInt64BitsToDouble(U64()),
        _ => throw new InvalidDataException($"Type {type} of a value is not one that this program writes."),
    };

    private object[] Array(uint type, int count) => [.. Enumerable.Range(0, count).Select(_ => Value(type))];

    private string Text()
    {
        var length = (int)U64();
        _at += length;
        return Encoding.UTF8.GetString(_file, _at - length, length);
    }

    private uint U32() => BinaryPrimitives.ReadUInt32LittleEndian(_file.AsSpan((_at += 4) - 4));

    private ulong U64() => BinaryPrimitives.ReadUInt64LittleEndian(_file.AsSpan((_at += 8) - 8));
}
