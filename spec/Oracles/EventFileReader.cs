using System.Buffers.Binary;
using System.Text;
using static System.FormattableString;

namespace TurkishLlm.Spec.Oracles;

/// <summary>A value of an event: a number or a text under a tag.</summary>
/// <param name="Tag">The tag.</param>
/// <param name="Number">The number; null for a text.</param>
/// <param name="Text">The text; null for a number.</param>
public sealed record EventValue(string Tag, float? Number, string? Text);

/// <summary>An event of TensorBoard.</summary>
/// <param name="WallTime">Seconds since 1970.</param>
/// <param name="Step">The step.</param>
/// <param name="FileVersion">The version, in the first event of a file; null in others.</param>
/// <param name="IsSessionStart">True for the event that makes earlier events with its step or a later one void.</param>
/// <param name="Values">The values.</param>
public sealed record LoggedEvent(
    double WallTime, long Step, string? FileVersion, bool IsSessionStart, IReadOnlyList<EventValue> Values);

/// <summary>Reads event files of TensorBoard byte by byte, without the classes that write them.</summary>
/// <remarks>
/// Source: TFRecord format of TensorFlow, event.proto and summary.proto (numbers of the fields), RFC 3720, appendix B.4, for
/// CRC-32C. The text plugin of TensorBoard shows tensors of strings.
/// </remarks>
public static class EventFileReader
{
    private const uint Polynomial = 0x82F63B78, Mask = 0xA282EAD8;

    /// <summary>Reads the events of a file.</summary>
    /// <exception cref="InvalidDataException">A record is torn, or its checksum is wrong.</exception>
    public static IReadOnlyList<LoggedEvent> Read(byte[] file)
    {
        ArgumentNullException.ThrowIfNull(file);
        var events = new List<LoggedEvent>();
        for (var at = 0; at < file.Length;)
        {
            if (file.Length - at < 16) throw new InvalidDataException(Invariant($"the record at byte {at} is torn"));
            var length = BinaryPrimitives.ReadUInt64LittleEndian(file.AsSpan(at, 8));
            RequireChecksum(file, at, 8);
            if (length > (ulong)(file.Length - at - 16))
                throw new InvalidDataException(Invariant($"the record at byte {at} is torn"));
            RequireChecksum(file, at + 12, (int)length);
            events.Add(ReadEvent(file.AsMemory(at + 12, (int)length)));
            at += 16 + (int)length;
        }
        return events;
    }

    private static void RequireChecksum(byte[] file, int at, int length)
    {
        var crc = uint.MaxValue;
        for (var i = at; i < at + length; i++)
        {
            crc ^= file[i];
            for (var bit = 0; bit < 8; bit++) crc = (crc & 1) == 1 ? (crc >> 1) ^ Polynomial : crc >> 1;
        }
        crc = ~crc;
        var masked = ((crc >> 15) | (crc << 17)) + Mask;
        if (BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(at + length, 4)) is var stored && stored != masked)
            throw new InvalidDataException(Invariant($"the checksum at byte {at + length} is {stored:x8}, not {masked:x8}"));
    }

    private static LoggedEvent ReadEvent(ReadOnlyMemory<byte> message)
    {
        var (time, step, version, starts, values) = (0.0, 0L, (string?)null, false, new List<EventValue>());
        foreach (var (field, number, bytes) in Fields(message))
            switch (field)
            {
                case 1: time = BitConverter.UInt64BitsToDouble(number); break;
                case 2: step = (long)number; break;
                case 3: version = Encoding.UTF8.GetString(bytes.Span); break;
                case 5: values.AddRange(Fields(bytes).Where(one => one.Field == 1).Select(one => ReadValue(one.Bytes))); break;
                case 7: starts = Fields(bytes).Any(one => one is { Field: 1, Number: 1 }); break;
                default: throw new InvalidDataException(Invariant($"an event has field {field}"));
            }
        return new(time, step, version, starts, values);
    }

    private static EventValue ReadValue(ReadOnlyMemory<byte> message)
    {
        var (tag, number, text, plugin) = ("", (float?)null, (string?)null, "");
        foreach (var (field, bits, bytes) in Fields(message))
            switch (field)
            {
                case 1: tag = Encoding.UTF8.GetString(bytes.Span); break;
                case 2: number = BitConverter.UInt32BitsToSingle((uint)bits); break;
                case 8: text = ReadTextTensor(bytes); break;
                case 9: plugin = string.Concat(Nested(bytes, 1, 1).Select(name => Encoding.UTF8.GetString(name.Span))); break;
                default: throw new InvalidDataException(Invariant($"a value has field {field}"));
            }
        return text is null || plugin == "text" ? new(tag, number, text) : new(tag, number, $"{text} of plugin \"{plugin}\"");
    }

    // Type 7 is string; one axis with as many texts as it has.
    private static string? ReadTextTensor(ReadOnlyMemory<byte> tensor)
    {
        string[] texts = [.. Nested(tensor, 8).Select(text => Encoding.UTF8.GetString(text.Span))];
        var isText = Fields(tensor).Any(one => one is { Field: 1, Number: 7 });
        ulong[] sizes = [.. Nested(tensor, 2, 2).SelectMany(Fields).Where(one => one.Field == 1).Select(one => one.Number)];
        return isText && sizes is [1] && texts is [var only] ? only : null;
    }

    private static IEnumerable<ReadOnlyMemory<byte>> Nested(ReadOnlyMemory<byte> message, params int[] path) =>
        path.Aggregate((IEnumerable<ReadOnlyMemory<byte>>)[message], (messages, field) =>
            messages.SelectMany(Fields).Where(one => one.Field == field).Select(one => one.Bytes));

    // Varints, 8 and 4 bytes, and messages.
    private static IEnumerable<(int Field, ulong Number, ReadOnlyMemory<byte> Bytes)> Fields(ReadOnlyMemory<byte> message)
    {
        for (var at = 0; at < message.Length;)
        {
            var key = ReadVarint(message.Span, ref at);
            var (field, type) = ((int)(key >> 3), (int)(key & 7));
            if (type == 0)
            {
                yield return (field, ReadVarint(message.Span, ref at), default);
                continue;
            }
            var size = type switch { 1 => 8, 5 => 4, _ => (int)ReadVarint(message.Span, ref at) };
            var bytes = message.Slice(at, size);
            at += size;
            var number = type switch
            {
                1 => BinaryPrimitives.ReadUInt64LittleEndian(bytes.Span),
                5 => BinaryPrimitives.ReadUInt32LittleEndian(bytes.Span),
                _ => 0UL,
            };
            yield return (field, number, bytes);
        }
    }

    private static ulong ReadVarint(ReadOnlySpan<byte> bytes, ref int at)
    {
        ulong value = 0;
        for (var shift = 0; ; shift += 7)
        {
            var next = bytes[at++];
            value |= (ulong)(next & 127) << shift;
            if (next < 128) return value;
        }
    }
}
