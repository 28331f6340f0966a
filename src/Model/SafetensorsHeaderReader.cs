using System.Buffers.Binary;
using System.Globalization;
using System.Text.Json;

namespace TurkishLlm.Model;

/// <summary>
/// Reads the header of a safetensors file. Everything that a file can get wrong is refused here, always as
/// <see cref="InvalidDataException"/>: bytes that nobody vouches for may come in.
/// </summary>
/// <param name="file">The file's name, for errors.</param>
internal sealed class SafetensorsHeaderReader(string file)
{
    /// <summary>Longest JSON part that is read, in bytes.</summary>
    public const long LargestHeader = 100_000_000;

    private static readonly string[] TensorKeys = ["dtype", "shape", "data_offsets"];

    /// <summary>Reads and checks the header of a file.</summary>
    /// <param name="stream">The file, at its beginning.</param>
    /// <exception cref="InvalidDataException">Anything is not as the format demands; says what.</exception>
    public SafetensorsHeader Read(Stream stream)
    {
        if (stream.Length < 8)
            throw Wrong($"it has {stream.Length} bytes, fewer than the 8 that give the header's length");

        Span<byte> prefix = stackalloc byte[8];
        stream.ReadExactly(prefix);
        var length = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (length > LargestHeader)
            throw Wrong($"its header would have {length} bytes, more than the {LargestHeader} allowed");
        if (length > (ulong)stream.Length - 8)
            throw Wrong($"its header would have {length} bytes, but only {stream.Length - 8} follow");

        var json = new byte[length];
        stream.ReadExactly(json);
        if (json.Length == 0 || json[0] != '{') throw Wrong($"its header does not begin with {{");

        try
        {
            return Parse(json, dataLength: stream.Length - 8 - (long)length);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or FormatException)
        {
            // InvalidOperationException: text that is not UTF-8, or half of a surrogate pair.
            throw Wrong($"its header is not valid JSON: {error.Message}", error);
        }
    }

    private SafetensorsHeader Parse(ReadOnlySpan<byte> json, long dataLength)
    {
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        var entries = new List<SafetensorsHeader.Entry>();
        var names = new HashSet<string>(StringComparer.Ordinal);

        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 8 });
        reader.Read();
        while (Next(ref reader) != JsonTokenType.EndObject)
        {
            var name = reader.GetString()!;
            if (!names.Add(name)) throw Wrong($"\"{name}\" is there twice");
            Next(ref reader);
            if (name == SafetensorsHeader.MetadataKey) ReadMetadata(ref reader, metadata);
            else entries.Add(ReadEntry(name, ref reader));
        }

        if (reader.Read()) throw Wrong($"something follows the header's closing brace");

        entries = [.. entries.OrderBy(e => e.Begin).ThenBy(e => e.End)];
        CheckPlaces(entries, dataLength);
        return new(entries, metadata, dataStart: 8 + json.Length);
    }

    private void CheckPlaces(List<SafetensorsHeader.Entry> entries, long dataLength)
    {
        long expected = 0;
        foreach (var (tensor, begin, end) in entries)
        {
            if (begin < expected) throw Wrong($"{tensor} begins at byte {begin}, inside the tensor before it, which ends at {expected}");
            if (begin > expected) throw Wrong($"{tensor} begins at byte {begin}, but what is before it ends at {expected}: the bytes between belong to no tensor");
            expected = end;
        }

        if (expected > dataLength) throw Wrong($"its tensors need {expected} bytes, but only {dataLength} follow the header: it was cut short");
        if (expected < dataLength) throw Wrong($"its tensors need {expected} bytes, but {dataLength} follow the header: the rest belongs to no tensor");
    }

    private void ReadMetadata(ref Utf8JsonReader reader, Dictionary<string, string> metadata)
    {
        Expect(reader, JsonTokenType.StartObject, $"{SafetensorsHeader.MetadataKey} is not an object");
        while (Next(ref reader) != JsonTokenType.EndObject)
        {
            var key = reader.GetString()!;
            Next(ref reader);
            Expect(reader, JsonTokenType.String, $"{SafetensorsHeader.MetadataKey} entry \"{key}\" is not text");
            if (!metadata.TryAdd(key, reader.GetString()!)) throw Wrong($"{SafetensorsHeader.MetadataKey} entry \"{key}\" is there twice");
        }
    }

    private SafetensorsHeader.Entry ReadEntry(string name, ref Utf8JsonReader reader)
    {
        string? type = null;
        long[]? shape = null, place = null;

        Expect(reader, JsonTokenType.StartObject, $"\"{name}\" is not an object");
        while (Next(ref reader) != JsonTokenType.EndObject)
        {
            var key = reader.GetString()!;
            Next(ref reader);
            switch (key)
            {
                case "dtype" when type is null:
                    Expect(reader, JsonTokenType.String, $"dtype of \"{name}\" is not text");
                    type = reader.GetString();
                    break;
                case "shape" when shape is null:
                    shape = ReadNumbers(ref reader, $"shape of \"{name}\"");
                    break;
                case "data_offsets" when place is null:
                    place = ReadNumbers(ref reader, $"data_offsets of \"{name}\"");
                    break;
                default:
                    if (TensorKeys.Contains(key)) throw Wrong($"{key} of \"{name}\" is there twice");
                    throw Wrong($"\"{name}\" has an unknown key \"{key}\"");
            }
        }

        if (type is null || shape is null || place is null)
            throw Wrong($"\"{name}\" lacks {string.Join(" and ", Missing(type, shape, place))}");
        return Checked(name, type, shape, place);
    }

    private SafetensorsHeader.Entry Checked(string name, string type, long[] shape, long[] place)
    {
        if (!Enum.GetNames<SafetensorsType>().Contains(type))
            throw Wrong($"\"{name}\" has the unknown dtype \"{type}\"; known are {string.Join(", ", Enum.GetNames<SafetensorsType>())}");
        if (place is not [var begin, var end])
            throw Wrong($"data_offsets of \"{name}\" has {place.Length} numbers instead of 2");
        if (end < begin) throw Wrong($"\"{name}\" ends at byte {end}, before it begins at {begin}");

        var tensor = new SafetensorsTensor(name, Enum.Parse<SafetensorsType>(type), shape);
        long needed;
        try
        {
            needed = tensor.ByteCount;
        }
        catch (OverflowException)
        {
            throw Wrong($"{tensor} has more elements than can be counted");
        }

        if (needed != end - begin) throw Wrong($"{tensor} needs {needed} bytes, but its data_offsets give it {end - begin}");
        return new(tensor, begin, end);
    }

    private static IEnumerable<string> Missing(params object?[] values) => TensorKeys.Where((_, i) => values[i] is null);

    private long[] ReadNumbers(ref Utf8JsonReader reader, string what)
    {
        Expect(reader, JsonTokenType.StartArray, $"{what} is not a list");
        var numbers = new List<long>();
        while (Next(ref reader) != JsonTokenType.EndArray)
        {
            Expect(reader, JsonTokenType.Number, $"{what} holds something that is not a number");
            if (!reader.TryGetInt64(out var number) || number < 0)
                throw Wrong($"{what} holds a number that is not 0 … 2⁶³ − 1");
            numbers.Add(number);
        }

        return [.. numbers];
    }

    private static JsonTokenType Next(ref Utf8JsonReader reader)
    {
        reader.Read();
        return reader.TokenType;
    }

    private void Expect(in Utf8JsonReader reader, JsonTokenType expected, string otherwise)
    {
        if (reader.TokenType != expected) throw Wrong($"{otherwise}");
    }

    private InvalidDataException Wrong(FormattableString what, Exception? cause = null) =>
        new($"{file} is not a safetensors file: {what.ToString(CultureInfo.InvariantCulture)}.", cause);
}
