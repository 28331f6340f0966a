using System.Buffers.Binary;
using System.Text.Json;
using static System.FormattableString;

namespace TurkishLlm.Model.Formats;

/// <summary>
/// Reads and validates the header of a safetensors file from an untrusted source. Every violation of the format throws an <see
/// cref="InvalidDataException"/>.
/// </summary>
/// <param name="file">File name for error messages.</param>
internal sealed class SafetensorsHeaderReader(string file)
{
    /// <summary>Largest accepted JSON, in bytes.</summary>
    public const long MaxHeaderSize = 100_000_000;

    // Of the format, but not of weights that are trained.
    private static readonly string[] UnsupportedTypes =
        ["F8_E4M3", "F8_E5M2", "F8_E8M0", "F8_E4M3FNUZ", "F8_E5M2FNUZ", "F6_E2M3", "F6_E3M2", "F4", "C64"];

    private static readonly string[] TensorKeys = ["dtype", "shape", "data_offsets"];

    /// <summary>Reads and validates the header of a file.</summary>
    /// <param name="stream">The file, at its start.</param>
    /// <exception cref="InvalidDataException">The header violates the format; the message says how.</exception>
    public SafetensorsHeader Read(Stream stream)
    {
        if (stream.Length < 8)
            throw CreateException($"it has {stream.Length} bytes, fewer than the 8 that give the header's length");

        Span<byte> prefix = stackalloc byte[8];
        stream.ReadExactly(prefix);
        var length = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (length > MaxHeaderSize)
            throw CreateException($"its header would have {length} bytes, more than the {MaxHeaderSize} allowed");
        if (length > (ulong)stream.Length - 8)
            throw CreateException($"its header would have {length} bytes, but only {stream.Length - 8} follow");

        var json = new byte[length];
        stream.ReadExactly(json);
        if (json.Length == 0 || json[0] != '{') throw CreateException($"its header does not begin with {{");

        try
        {
            return Parse(json, dataLength: stream.Length - 8 - (long)length);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or FormatException)
        {
            // InvalidOperationException: text that is not valid UTF-8, or half of a surrogate pair.
            throw CreateException($"its header is not valid JSON: {error.Message}", error);
        }
    }

    private SafetensorsHeader Parse(ReadOnlySpan<byte> json, long dataLength)
    {
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        var entries = new List<SafetensorsHeader.Entry>();
        var names = new HashSet<string>(StringComparer.Ordinal);

        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 8 });
        reader.Read();
        while (ReadNext(ref reader) != JsonTokenType.EndObject)
        {
            var name = reader.GetString()!;
            if (!names.Add(name)) throw CreateException($"\"{name}\" occurs twice");
            ReadNext(ref reader);
            if (name == SafetensorsHeader.MetadataKey) ReadMetadata(ref reader, metadata);
            else entries.Add(ReadEntry(name, ref reader));
        }

        if (reader.Read()) throw CreateException($"something follows the header's closing brace");

        entries = [.. entries.OrderBy(e => e.Begin).ThenBy(e => e.End)];
        ValidateOffsets(entries, dataLength);
        return new(entries, metadata, dataStart: 8 + json.Length);
    }

    private void ValidateOffsets(List<SafetensorsHeader.Entry> entries, long dataLength)
    {
        long expected = 0;
        foreach (var (tensor, begin, end) in entries)
        {
            if (begin < expected)
                throw CreateException($"{tensor} begins at byte {begin}, inside the previous tensor, which ends at {expected}");
            if (begin > expected)
            {
                const string reason = "bytes between belong to no tensor";
                throw CreateException(
                    $"{tensor} begins at byte {begin}, but the previous data ends at {expected}: {reason}");
            }
            expected = end;
        }

        if (expected > dataLength)
            throw CreateException(
                $"its tensors need {expected} bytes, but only {dataLength} follow the header: the file was truncated");
        if (expected < dataLength)
            throw CreateException(
                $"its tensors need {expected} bytes, but {dataLength} follow the header: the rest belongs to no tensor");
    }

    private void ReadMetadata(ref Utf8JsonReader reader, Dictionary<string, string> metadata)
    {
        Expect(reader, JsonTokenType.StartObject, $"{SafetensorsHeader.MetadataKey} is not an object");
        while (ReadNext(ref reader) != JsonTokenType.EndObject)
        {
            var key = reader.GetString()!;
            ReadNext(ref reader);
            Expect(reader, JsonTokenType.String, $"{SafetensorsHeader.MetadataKey} entry \"{key}\" is not text");
            if (!metadata.TryAdd(key, reader.GetString()!))
                throw CreateException($"{SafetensorsHeader.MetadataKey} entry \"{key}\" occurs twice");
        }
    }

    private SafetensorsHeader.Entry ReadEntry(string name, ref Utf8JsonReader reader)
    {
        string? type = null;
        long[]? shape = null, place = null;

        Expect(reader, JsonTokenType.StartObject, $"\"{name}\" is not an object");
        while (ReadNext(ref reader) != JsonTokenType.EndObject)
        {
            var key = reader.GetString()!;
            ReadNext(ref reader);
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
                    if (TensorKeys.Contains(key)) throw CreateException($"{key} of \"{name}\" occurs twice");
                    throw CreateException($"\"{name}\" has an unknown key \"{key}\"");
            }
        }

        if (type is null || shape is null || place is null)
            throw CreateException($"\"{name}\" lacks {string.Join(" and ", FindMissingKeys(type, shape, place))}");
        return ValidateEntry(name, type, shape, place);
    }

    private SafetensorsHeader.Entry ValidateEntry(string name, string type, long[] shape, long[] place)
    {
        var known = Enum.GetNames<SafetensorsDtype>();
        if (UnsupportedTypes.Contains(type))
            throw new InvalidDataException(
                $"{file}: \"{name}\" has the dtype {type}, which cannot be read. "
                    + "Save the model in float32, float16 or bfloat16.");
        if (!known.Contains(type))
            throw CreateException(
                $"\"{name}\" has the unknown dtype \"{type}\"; known dtypes: {string.Join(", ", known)}");
        if (place is not [var begin, var end])
            throw CreateException($"data_offsets of \"{name}\" has {place.Length} numbers instead of 2");
        if (end < begin) throw CreateException($"\"{name}\" ends at byte {end}, before it begins at {begin}");

        var tensor = new SafetensorsTensorInfo(name, Enum.Parse<SafetensorsDtype>(type), shape);
        long needed;
        try
        {
            needed = tensor.ByteCount;
        }
        catch (OverflowException)
        {
            throw CreateException($"{tensor} has more elements than can be counted");
        }

        if (needed != end - begin)
            throw CreateException($"{tensor} needs {needed} bytes, but its data_offsets give it {end - begin}");
        return new(tensor, begin, end);
    }

    private static IEnumerable<string> FindMissingKeys(params object?[] values) => TensorKeys.Where((_, i) => values[i] is null);

    private long[] ReadNumbers(ref Utf8JsonReader reader, string what)
    {
        Expect(reader, JsonTokenType.StartArray, $"{what} is not a list");
        var numbers = new List<long>();
        while (ReadNext(ref reader) != JsonTokenType.EndArray)
        {
            Expect(reader, JsonTokenType.Number, $"{what} holds something that is not a number");
            if (!reader.TryGetInt64(out var number) || number < 0)
                throw CreateException($"{what} holds a number that is not 0 … 2⁶³ − 1");
            numbers.Add(number);
        }

        return [.. numbers];
    }

    private static JsonTokenType ReadNext(ref Utf8JsonReader reader)
    {
        reader.Read();
        return reader.TokenType;
    }

    private void Expect(in Utf8JsonReader reader, JsonTokenType expected, string otherwise)
    {
        if (reader.TokenType != expected) throw CreateException($"{otherwise}");
    }

    private InvalidDataException CreateException(FormattableString what, Exception? cause = null) =>
        new($"{file} is not a safetensors file: {Invariant(what)}.", cause);
}
