using System.Text;
using TurkishLlm.Files;
using static System.FormattableString;

namespace TurkishLlm.Model.Formats.Gguf;

/// <summary>
/// Reads and validates the header of a GGUF file. Every length is compared with the file before memory is allocated.
/// </summary>
/// <remarks>Source: ggml, docs/gguf.md and gguf.cpp, which is as strict about alignment, order and duplicates.</remarks>
internal sealed class GgufHeaderReader(string path, Stream stream) : IDisposable
{
    private const int MostAxes = 4, LongestName = 65_535, SmallestTensor = 24, SmallestEntry = 13;

    private static readonly Dictionary<uint, string> OtherTypes = new()
    {
        [2] = "Q4_0", [3] = "Q4_1", [6] = "Q5_0", [7] = "Q5_1", [9] = "Q8_1", [10] = "Q2_K", [11] = "Q3_K", [12] = "Q4_K",
        [13] = "Q5_K", [14] = "Q6_K", [15] = "Q8_K", [20] = "IQ4_NL", [23] = "IQ4_XS", [24] = "I8", [25] = "I16", [26] = "I32",
        [27] = "I64", [28] = "F64", [34] = "TQ1_0", [35] = "TQ2_0", [39] = "MXFP4",
    };

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly BinaryReader _reader = new(stream, Encoding.UTF8, leaveOpen: true);

    private long Remaining => stream.Length - stream.Position;

    /// <exception cref="InvalidDataException">The file is malformed; the message says how.</exception>
    public GgufHeader Read()
    {
        try
        {
            return ReadAll();
        }
        catch (EndOfStreamException error)
        {
            throw new InvalidDataException(Truncated(), error);
        }
        catch (OverflowException error)
        {
            throw Damaged("sizes exceed 2⁶³ − 1", error);
        }
    }

    /// <summary>Releases the reader; the stream stays open.</summary>
    public void Dispose() => _reader.Dispose();

    private GgufHeader ReadAll()
    {
        if (!_reader.ReadBytes(4).AsSpan().SequenceEqual("GGUF"u8))
            throw new InvalidDataException($"{path} is not a GGUF file: it does not begin with \"GGUF\".");
        RequireVersion(_reader.ReadUInt32());
        var tensors = ReadCount(SmallestTensor, "tensors");
        var values = ReadCount(SmallestEntry, "metadata values");
        var metadata = new GgufMetadata(path);
        for (var i = 0; i < values; i++) ReadEntry(metadata);
        var alignment = ReadAlignment(metadata);
        var (entries, names) = (new List<GgufHeader.Entry>(), new HashSet<string>(StringComparer.Ordinal));
        for (var i = 0; i < tensors; i++)
        {
            var entry = ReadTensor(entries.Count == 0 ? 0 : GgufHeader.Pad(entries[^1].End, alignment));
            if (!names.Add(entry.Tensor.Name)) throw Damaged($"it has two tensors \"{Excerpt.Of(entry.Tensor.Name)}\"");
            entries.Add(entry);
        }
        var header = new GgufHeader(metadata, entries, alignment, GgufHeader.Pad(stream.Position, alignment));
        RequireLength(header);
        return header;
    }

    private void RequireVersion(uint version)
    {
        if (version == GgufHeader.Version) return;
        throw new InvalidDataException(
            version == GgufHeader.Version << 24 ? $"{path} is a big-endian GGUF file; only little-endian ones can be read."
            : version is 1 or 2 ? Invariant($"{path} is a GGUF file of version {version}; only version 3 can be read. ")
                + "Convert it with the current llama.cpp: llama-quantize FILE NEW COPY"
            : Invariant($"{path} is a GGUF file of version {version}; this program reads version 3."));
    }

    private void ReadEntry(GgufMetadata metadata)
    {
        var key = ReadText();
        var type = _reader.ReadUInt32();
        var value = type == GgufValue.Array ? ReadArray(key) : ReadValue(type, key);
        if (metadata.Contains(key)) throw Damaged($"it has two values of the key \"{Excerpt.Of(key)}\"");
        metadata.Add(key, value);
    }

    private Array ReadArray(string key)
    {
        var type = _reader.ReadUInt32();
        var element = GgufValue.FromNumber(type)
            ?? throw Damaged(Invariant($"\"{Excerpt.Of(key)}\" is an array of type {type}, which the format does not have"));
        var array = Array.CreateInstance(element, (int)ReadCount(GgufValue.GetSize(type), $"elements of {Excerpt.Of(key)}"));
        for (var i = 0; i < array.Length; i++) array.SetValue(ReadValue(type, key), i);
        return array;
    }

    private object ReadValue(uint type, string key) => type switch
    {
        0 => _reader.ReadByte(),
        1 => _reader.ReadSByte(),
        2 => _reader.ReadUInt16(),
        3 => _reader.ReadInt16(),
        4 => _reader.ReadUInt32(),
        5 => _reader.ReadInt32(),
        6 => _reader.ReadSingle(),
        7 => ReadBoolean(key),
        GgufValue.String => ReadText(),
        10 => _reader.ReadUInt64(),
        11 => _reader.ReadInt64(),
        12 => _reader.ReadDouble(),
        _ => throw Damaged(Invariant($"\"{Excerpt.Of(key)}\" is of type {type}, which the format does not have")),
    };

    private bool ReadBoolean(string key) => _reader.ReadByte() switch
    {
        0 => false,
        1 => true,
        var other => throw Damaged(Invariant($"\"{Excerpt.Of(key)}\" is the bool {other}; it must be 0 or 1")),
    };

    private int ReadAlignment(GgufMetadata metadata)
    {
        var alignment = metadata.GetOrDefault(GgufHeader.AlignmentKey, (uint)GgufHeader.DefaultAlignment);
        return uint.IsPow2(alignment) && alignment <= int.MaxValue / 2
            ? (int)alignment
            : throw Damaged(Invariant($"{GgufHeader.AlignmentKey} is {alignment}; it must be a power of two"));
    }

    private GgufHeader.Entry ReadTensor(long begin)
    {
        var name = ReadText();
        if (name.Length is 0 or > LongestName) throw Damaged("a tensor has an empty or very long name");
        var axes = _reader.ReadUInt32();
        if (axes is 0 or > MostAxes)
            throw Damaged(Invariant($"\"{Excerpt.Of(name)}\" has {axes} axes; there may be 1 … {MostAxes}"));
        var shape = new long[axes];
        for (var i = shape.Length - 1; i >= 0; i--)
            shape[i] = _reader.ReadInt64() is > 0 and var size
                ? size
                : throw Damaged($"\"{Excerpt.Of(name)}\" has an empty axis");
        var tensor = new GgufTensorInfo(name, ReadType(name), shape);
        if (tensor.RowLength % GgufBlocks.GetLength(tensor.Type) != 0)
            throw Damaged(Invariant($"{tensor} has rows that are not whole blocks of {GgufBlocks.GetLength(tensor.Type)}"));
        return _reader.ReadUInt64() is var offset && offset == (ulong)begin
            ? new(tensor, begin)
            : throw Damaged(Invariant($"the data of {tensor} begins at {offset}; after the tensor before it must be {begin}"));
    }

    private GgufTensorType ReadType(string name)
    {
        var type = _reader.ReadUInt32();
        return Enum.IsDefined((GgufTensorType)type)
            ? (GgufTensorType)type
            : throw new InvalidDataException(
                $"{path}: \"{Excerpt.Of(name)}\" is of type {OtherTypes.GetValueOrDefault(type, Invariant($"{type}"))}, "
                    + $"which cannot be read. These can: {string.Join(", ", Enum.GetNames<GgufTensorType>())}.");
    }

    private void RequireLength(GgufHeader header)
    {
        if (header.Entries.Count == 0) return;
        // Some writers pad the last tensor, some do not.
        var (exact, padded) = (header.DataStart + header.Entries[^1].End, header.DataStart + header.DataLength);
        if (stream.Length < exact) throw new InvalidDataException(Truncated(exact));
        if (stream.Length > padded)
            throw Damaged(Invariant($"it has {stream.Length - padded} bytes after its last tensor"));
    }

    // A count of things of which each takes at least a number of bytes.
    private long ReadCount(int size, string what)
    {
        var count = _reader.ReadUInt64();
        return count <= (ulong)(Remaining / size)
            ? (long)count
            : throw Damaged(Invariant($"it claims {count} {what}, more than its {stream.Length} bytes can hold"));
    }

    private string ReadText()
    {
        var length = ReadCount(1, "bytes of text");
        try
        {
            return Strict.GetString(_reader.ReadBytes(checked((int)length)));
        }
        catch (DecoderFallbackException error)
        {
            throw Damaged("a text is not UTF-8", error);
        }
    }

    private string Truncated(long? whole = null) =>
        Invariant($"{path} is truncated: it has {stream.Length} bytes")
            + (whole is null ? ", which end within its header." : Invariant($" of {whole}.")) + " Copy or export it again.";

    private InvalidDataException Damaged(string what, Exception? inner = null) => new($"{path} is damaged: {what}.", inner);
}
