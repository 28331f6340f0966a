using System.Buffers.Binary;
using System.Globalization;

namespace TurkishLlm.Data.Batches;

/// <summary>The first 64 bytes of a shard. They identify the format, so that no other file is read as tokens.</summary>
/// <remarks>
/// Layout, little-endian: magic <c>TRTOKENS</c> (8 bytes), version (4), bytes per token (4), token count (8),
/// SHA-256 of the tokenizer (32), split (1), zeros (7). Tokens follow as unsigned 16-bit numbers.
/// </remarks>
/// <param name="Count">Number of tokens.</param>
/// <param name="TokenizerHash">SHA-256 of the tokenizer that produced the tokens, 64 lower-case hexadecimal digits.</param>
/// <param name="Split">The purpose of the shard.</param>
public sealed record ShardHeader(long Count, string TokenizerHash, DataSplit Split)
{
    /// <summary>Length of the header in bytes.</summary>
    public const int Length = 64;

    /// <summary>Version of the layout.</summary>
    public const int Version = 1;

    /// <summary>Bytes per token.</summary>
    public const int BytesPerToken = sizeof(ushort);

    /// <summary>Number of ids that fit into <see cref="BytesPerToken"/>: 0 … 65,535.</summary>
    public const int IdLimit = 1 << (8 * BytesPerToken);

    private static ReadOnlySpan<byte> Magic => "TRTOKENS"u8;

    /// <summary>Size of the whole file in bytes.</summary>
    public long FileLength => Length + BytesPerToken * Count;

    internal void Write(Span<byte> destination)
    {
        destination[..Length].Clear();
        Magic.CopyTo(destination);
        BinaryPrimitives.WriteInt32LittleEndian(destination[8..], Version);
        BinaryPrimitives.WriteInt32LittleEndian(destination[12..], BytesPerToken);
        BinaryPrimitives.WriteInt64LittleEndian(destination[16..], Count);
        Convert.FromHexString(TokenizerHash).CopyTo(destination[24..56]);
        destination[56] = (byte)Split;
    }

    /// <summary>Reads a header and throws unless it belongs to a complete shard of this version.</summary>
    /// <param name="bytes">The first bytes of the file; fewer than 64 if the file is shorter.</param>
    /// <param name="fileLength">Size of the file in bytes.</param>
    /// <param name="path">The file, for error messages.</param>
    internal static ShardHeader Read(ReadOnlySpan<byte> bytes, long fileLength, string path)
    {
        if (!bytes.StartsWith(Magic))
            throw CreateException($"does not begin with TRTOKENS, so it is not a shard of tokens. {RecoveryHint}");
        if (bytes.Length < Length)
            throw CreateException(
                $"is {bytes.Length} bytes long, shorter than the {Length}-byte header of a shard: it is truncated. {RecoveryHint}"
            );
        if (BinaryPrimitives.ReadInt32LittleEndian(bytes[8..]) is var version and not Version)
            throw CreateException($"has shard version {version}; this program reads version {Version}. {RecoveryHint}");
        if (BinaryPrimitives.ReadInt32LittleEndian(bytes[12..]) is var width and not BytesPerToken)
            throw CreateException($"has {width} bytes per token; shards have {BytesPerToken}. {RecoveryHint}");

        var count = BinaryPrimitives.ReadInt64LittleEndian(bytes[16..]);
        if (count < 0) throw CreateException($"is incomplete: writing it was interrupted. {RecoveryHint}");
        var split = (DataSplit)bytes[56];
        if (split is not (DataSplit.Train or DataSplit.Validation))
            throw CreateException($"has split {bytes[56]}; valid are 1 (train) and 2 (validation). {RecoveryHint}");
        if (bytes[57..Length].ContainsAnyExcept((byte)0))
            throw CreateException($"has bytes other than zero in the reserved part of its header: it is damaged. {RecoveryHint}");

        var header = new ShardHeader(count, Convert.ToHexStringLower(bytes[24..56]), split);
        var present = (fileLength - Length) / BytesPerToken;
        if (present < count)
            throw CreateException(
                $"is truncated: its header declares {count} tokens, {count - present} of them are missing. {RecoveryHint}");
        if (fileLength != header.FileLength)
            throw CreateException(
                $"has {fileLength - header.FileLength} bytes after the {count} tokens that its header declares. {RecoveryHint}");
        return header;

        InvalidDataException CreateException(FormattableString what) =>
            new($"{path} {what.ToString(CultureInfo.InvariantCulture)}");
    }

    /// <summary>The fix for every damaged data set.</summary>
    internal const string RecoveryHint = "Prepare the data again, or copy it again from its source.";
}
