using System.Buffers.Binary;
using System.Numerics;
using Google.Protobuf;
using Tensorboard;

namespace TurkishLlm.Runs.Logs;

/// <summary>Events of TensorBoard as records of a TFRecord file: length, its checksum, event, its checksum.</summary>
/// <remarks>
/// Source: tensorflow/core/lib/io/record_writer.h (records and masked checksums), tensorflow/core/util/event.proto, and
/// torch/utils/tensorboard/summary.py (text). TorchSharp has the messages; its <c>SummaryWriter</c> writes times in ticks or zero
/// and no text, and opens the file for each event.
/// </remarks>
internal static class EventRecord
{
    /// <summary>Returns the records with which a file begins: the version, and that earlier files of the run are void.</summary>
    public static byte[] CreateHeader(double wallTime) =>
    [
        .. ToBytes(new Event { WallTime = wallTime, FileVersion = "brain.Event:2" }),
        .. ToBytes(new Event
        {
            WallTime = wallTime, SessionLog = new SessionLog { Status = SessionLog.Types.SessionStatus.Start },
        }),
    ];

    /// <summary>Returns a record with all numbers of a row.</summary>
    public static byte[] FromRow(ScalarRow row, double wallTime)
    {
        var summary = new Summary();
        foreach (var (column, value) in ScalarRow.Columns.Zip(row.Values))
            if (value is { } number) summary.Value.Add(new Summary.Types.Value { Tag = column.Tag, SimpleValue = (float)number });
        foreach (var (tag, number) in row.Tasks)
            summary.Value.Add(new Summary.Types.Value { Tag = tag, SimpleValue = (float)number });
        return ToBytes(new Event { WallTime = wallTime, Step = row.Step, Summary = summary });
    }

    /// <summary>Returns a record with a text.</summary>
    public static byte[] FromText(string tag, string text, long step, double wallTime)
    {
        var tensor = new TensorProto
        {
            Dtype = DataType.DtString,
            TensorShape = new TensorShapeProto { Dim = { new TensorShapeProto.Types.Dim { Size = 1 } } },
            StringVal = { ByteString.CopyFromUtf8(text) },
        };
        var metadata = new SummaryMetadata { PluginData = new SummaryMetadata.Types.PluginData { PluginName = "text" } };
        var value = new Summary.Types.Value { Tag = tag, Metadata = metadata, Tensor = tensor };
        return ToBytes(new Event { WallTime = wallTime, Step = step, Summary = new Summary { Value = { value } } });
    }

    private static byte[] ToBytes(Event one)
    {
        var data = one.ToByteArray();
        var record = new byte[12 + data.Length + 4];
        BinaryPrimitives.WriteInt64LittleEndian(record, data.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(8), ComputeMaskedCrc(record.AsSpan(0, 8)));
        data.CopyTo(record, 12);
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(12 + data.Length), ComputeMaskedCrc(data));
        return record;
    }

    // Masked, because a checksum over data that contains checksums is weak.
    private static uint ComputeMaskedCrc(ReadOnlySpan<byte> data)
    {
        var crc = uint.MaxValue;
        foreach (var value in data) crc = BitOperations.Crc32C(crc, value);
        return BitOperations.RotateRight(~crc, 15) + 0xA282EAD8;
    }
}
