using System.Buffers;
using System.Buffers.Binary;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace TurkishLlm.Model.Formats;

/// <summary>
/// The header of a safetensors file: its length in eight bytes, then JSON with type, shape and offsets of each tensor. Headers
/// from <see cref="CreateLayout"/> and <see cref="SafetensorsHeaderReader"/> are valid.
/// </summary>
/// <remarks>Source: the safetensors format, github.com/huggingface/safetensors, README section "Format".</remarks>
internal sealed class SafetensorsHeader
{
    /// <summary>The reserved key of the text metadata.</summary>
    public const string MetadataKey = "__metadata__";

    public SafetensorsHeader(IReadOnlyList<Entry> entries, IReadOnlyDictionary<string, string> metadata, long dataStart) =>
        (Entries, Metadata, DataStart) = (entries, metadata, dataStart);

    /// <summary>A tensor and the offsets of its data, relative to <see cref="DataStart"/>.</summary>
    public sealed record Entry(SafetensorsTensorInfo Tensor, long Begin, long End);

    /// <summary>The tensors, in the order of their data.</summary>
    public IReadOnlyList<Entry> Entries { get; }

    /// <summary>Text metadata of the file.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Offset of the data of the tensors in the file.</summary>
    public long DataStart { get; }

    /// <summary>Lays out tensors: those with the largest elements first, so that all are aligned, then by name.</summary>
    /// <exception cref="ArgumentException">Two tensors have the same name, a name is reserved, or a size is negative.</exception>
    public static SafetensorsHeader CreateLayout(
        IEnumerable<SafetensorsTensorInfo> tensors, IReadOnlyDictionary<string, string> metadata)
    {
        var entries = new List<Entry>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        long end = 0;
        foreach (var tensor in tensors.OrderByDescending(t => t.ElementSize).ThenBy(t => t.Name, StringComparer.Ordinal))
        {
            if (tensor.Name == MetadataKey)
                throw new ArgumentException($"No tensor can be called {MetadataKey}.", nameof(tensors));
            if (!names.Add(tensor.Name))
                throw new ArgumentException($"There are two tensors called \"{tensor.Name}\".", nameof(tensors));
            if (tensor.Shape.Any(size => size < 0))
                throw new ArgumentException($"{tensor} has a negative size.", nameof(tensors));
            entries.Add(new(tensor, end, end += tensor.ByteCount));
        }

        return new(entries, metadata, dataStart: 0);
    }

    /// <summary>Serializes the length and the JSON, padded with spaces so that the data starts at a multiple of eight.</summary>
    public byte[] ToBytes()
    {
        var json = new ArrayBufferWriter<byte>();
        using (
            var writer = new Utf8JsonWriter(json, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping })
        )
            Write(writer);

        var length = (json.WrittenCount + 7) / 8 * 8;
        var bytes = new byte[8 + length];
        bytes.AsSpan().Fill((byte)' ');
        BinaryPrimitives.WriteInt64LittleEndian(bytes, length);
        json.WrittenSpan.CopyTo(bytes.AsSpan(8));
        return bytes;
    }

    private void Write(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        if (Metadata.Count > 0)
        {
            writer.WriteStartObject(MetadataKey);
            foreach (var (key, value) in Metadata.OrderBy(entry => entry.Key, StringComparer.Ordinal))
                writer.WriteString(key, value);
            writer.WriteEndObject();
        }

        foreach (var (tensor, begin, end) in Entries)
        {
            writer.WriteStartObject(tensor.Name);
            writer.WriteString("dtype", tensor.Type.ToString());
            WriteNumbers(writer, "shape", tensor.Shape);
            WriteNumbers(writer, "data_offsets", [begin, end]);
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
    }

    private static void WriteNumbers(Utf8JsonWriter writer, string key, IReadOnlyList<long> numbers)
    {
        writer.WriteStartArray(key);
        foreach (var number in numbers) writer.WriteNumberValue(number);
        writer.WriteEndArray();
    }
}
