namespace TurkishLlm.Model.Formats.Gguf;

/// <summary>Everything in a GGUF file before its data, and where the data is.</summary>
/// <param name="Metadata">The metadata.</param>
/// <param name="Entries">The tensors, in the order of their data.</param>
/// <param name="Alignment">The data and every tensor begin at a multiple of this.</param>
/// <param name="DataStart">First byte of the data in the file.</param>
internal sealed record GgufHeader(
    GgufMetadata Metadata, IReadOnlyList<GgufHeader.Entry> Entries, int Alignment, long DataStart)
{
    public const uint Version = 3;
    public const int DefaultAlignment = 32;
    public const string AlignmentKey = "general.alignment";

    /// <summary>A tensor and the bytes of its data, counted from the start of the data.</summary>
    public sealed record Entry(GgufTensorInfo Tensor, long Begin)
    {
        public long End => checked(Begin + Tensor.ByteCount);
    }

    /// <summary>Bytes of the data, with the padding after the last tensor.</summary>
    public long DataLength => Entries.Count == 0 ? 0 : Pad(Entries[^1].End, Alignment);

    /// <summary>Rounds up to a multiple of the alignment.</summary>
    public static long Pad(long position, int alignment) => checked((position + alignment - 1) / alignment * alignment);

    /// <summary>Places tensors one after another and serializes the header, with the padding after it.</summary>
    public static (GgufHeader Header, byte[] Bytes) Create(GgufMetadata metadata, IEnumerable<GgufTensorInfo> tensors)
    {
        var (entries, end) = (new List<Entry>(), 0L);
        foreach (var tensor in tensors)
        {
            entries.Add(new(tensor, end));
            end = Pad(entries[^1].End, DefaultAlignment);
        }
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        writer.Write("GGUF"u8);
        writer.Write(Version);
        writer.Write((ulong)entries.Count);
        writer.Write((ulong)metadata.Keys.Count());
        foreach (var (key, value) in metadata.Values)
        {
            GgufValue.WriteText(writer, key);
            GgufValue.Write(writer, value);
        }
        foreach (var entry in entries) Write(writer, entry);
        writer.Write(new byte[Pad(stream.Length, DefaultAlignment) - stream.Length]);
        return (new(metadata, entries, DefaultAlignment, stream.Length), stream.ToArray());
    }

    private static void Write(BinaryWriter writer, Entry entry)
    {
        GgufValue.WriteText(writer, entry.Tensor.Name);
        writer.Write((uint)entry.Tensor.Shape.Count);
        foreach (var size in entry.Tensor.Shape.Reverse()) writer.Write((ulong)size);
        writer.Write((uint)entry.Tensor.Type);
        writer.Write((ulong)entry.Begin);
    }
}
