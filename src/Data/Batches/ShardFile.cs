using System.Buffers.Binary;
using System.Globalization;
using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using TurkishLlm.Files;

namespace TurkishLlm.Data.Batches;

/// <summary>A shard file as a memory map: the operating system loads pages on access, and nothing is copied in advance.</summary>
internal sealed class ShardFile : IDisposable
{
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;

    public ShardFile(string path)
    {
        Path = path;
        FileContent.RefusePlaceholder(path);
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
        Span<byte> bytes = stackalloc byte[ShardHeader.Length];
        var read = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        Header = ShardHeader.Read(bytes[..read], stream.Length, path);
        _file = MemoryMappedFile.CreateFromFile(
            stream, mapName: null, capacity: 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: false);
        _view = _file.CreateViewAccessor(0, Header.FileLength, MemoryMappedFileAccess.Read);
    }

    public string Path { get; }

    public ShardHeader Header { get; }

    /// <summary>Copies tokens. The caller checks the bounds.</summary>
    public void Read(long position, Span<ushort> destination)
    {
        _view.SafeMemoryMappedViewHandle.ReadSpan(
            (ulong)(ShardHeader.Length + ShardHeader.BytesPerToken * position), destination);
        if (!BitConverter.IsLittleEndian) BinaryPrimitives.ReverseEndianness(destination, destination);
    }

    /// <summary>
    /// Reads the whole file and returns a message if its digest differs or an id is outside the vocabulary; otherwise null.
    /// </summary>
    public string? FindDamage(string sha256, int vocabularySize, CancellationToken cancellationToken)
    {
        var tokens = new ushort[1 << 20];
        using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> header = stackalloc byte[ShardHeader.Length];
        _view.SafeMemoryMappedViewHandle.ReadSpan(0, header);
        digest.AppendData(header);
        for (long position = 0; position < Header.Count; position += tokens.Length)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var part = tokens.AsSpan(0, (int)Math.Min(tokens.Length, Header.Count - position));
            _view.SafeMemoryMappedViewHandle.ReadSpan((ulong)(ShardHeader.Length + ShardHeader.BytesPerToken * position), part);
            digest.AppendData(MemoryMarshal.AsBytes(part));
            if (!BitConverter.IsLittleEndian) BinaryPrimitives.ReverseEndianness(part, part);
            if (vocabularySize < ShardHeader.IdLimit
                && part.IndexOfAnyInRange((ushort)vocabularySize, ushort.MaxValue) is var wrong and >= 0)
                return string.Create(
                    CultureInfo.InvariantCulture,
                    $"{Path}: token {position + wrong} is id {part[wrong]}, outside the vocabulary of "
                        + $"{vocabularySize}. {ShardHeader.RecoveryHint}");
        }
        var found = Convert.ToHexStringLower(digest.GetHashAndReset());
        return found == sha256
            ? null
            : $"{Path} is damaged: its SHA-256 is {found}, but the manifest has {sha256}. {ShardHeader.RecoveryHint}";
    }

    public void Dispose()
    {
        _view.Dispose();
        _file.Dispose();
    }
}
