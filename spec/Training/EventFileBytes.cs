using System.Buffers.Binary;
using System.Text;

namespace TurkishLlm.Spec.Training;

/// <summary>Changes logs byte by byte, for impostors.</summary>
internal static class EventFileBytes
{
    private const int TimeAt = 13;

    /// <summary>Returns the records of an event file.</summary>
    public static IReadOnlyList<byte[]> Split(byte[] file)
    {
        var records = new List<byte[]>();
        for (var at = 0; at < file.Length;)
        {
            var length = 16 + (int)BinaryPrimitives.ReadInt64LittleEndian(file.AsSpan(at));
            records.Add(file[at..(at + length)]);
            at += length;
        }
        return records;
    }

    /// <summary>A logger that keeps what was logged before a restart, and does not say that it restarts.</summary>
    public static IReadOnlyList<LogFiles> KeepOlder(IReadOnlyList<LogFiles> moments)
    {
        var kept = new List<LogFiles>();
        foreach (var now in moments)
        {
            byte[] events = [.. Split(now.EventFiles[0]).Where((_, i) => i != 1).SelectMany(bytes => bytes)];
            var before = kept.LastOrDefault();
            var table = before is null ? ToText(now.Table) : ToText(before.Table) + ToText(now.Table).Split('\n', 2)[1];
            kept.Add(new([.. before?.EventFiles ?? [], events], Encoding.UTF8.GetBytes(table)));
        }
        return kept;
    }

    /// <summary>Replaces the masked checksums of a record by the checksums.</summary>
    public static byte[] Unmask(byte[] record)
    {
        byte[] changed = [.. record];
        foreach (var at in (int[])[8, record.Length - 4])
        {
            var masked = BinaryPrimitives.ReadUInt32LittleEndian(record.AsSpan(at)) - 0xA282EAD8;
            BinaryPrimitives.WriteUInt32LittleEndian(changed.AsSpan(at), (masked << 15) | (masked >> 17));
        }
        return changed;
    }

    /// <summary>Multiplies the time of a record by a thousand.</summary>
    public static byte[] MultiplyTime(byte[] record) => Change(record, changed => BinaryPrimitives.WriteDoubleLittleEndian(
        changed.AsSpan(TimeAt), BinaryPrimitives.ReadDoubleLittleEndian(record.AsSpan(TimeAt)) * 1000));

    /// <summary>Replaces a text in a record by another of the same length.</summary>
    public static byte[] Replace(byte[] record, string text, string other)
    {
        var at = record.AsSpan().IndexOf(Encoding.UTF8.GetBytes(text));
        return at < 0 ? record : Change(record, changed => Encoding.UTF8.GetBytes(other).CopyTo(changed, at));
    }

    /// <summary>Decodes a table.</summary>
    public static string ToText(byte[] bytes) => Encoding.UTF8.GetString(bytes);

    private static byte[] Change(byte[] record, Action<byte[]> change)
    {
        byte[] changed = [.. record];
        change(changed);
        var crc = uint.MaxValue;
        foreach (var value in changed.AsSpan(12, changed.Length - 16)) crc = System.Numerics.BitOperations.Crc32C(crc, value);
        var masked = System.Numerics.BitOperations.RotateRight(~crc, 15) + 0xA282EAD8;
        BinaryPrimitives.WriteUInt32LittleEndian(changed.AsSpan(changed.Length - 4), masked);
        return changed;
    }
}
