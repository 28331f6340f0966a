using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using TurkishLlm.Data.Batches;

namespace TurkishLlm.Spec.Data;

/// <summary>
/// Shard files of any length that need almost no disk: only the tokens around chosen positions are written, the rest is a hole.
/// </summary>
/// <remarks>
/// The token at a position is a hash of the position, so a token that was read elsewhere differs. Offsets are computed here, not
/// by the reader under test.
/// </remarks>
internal sealed class SparseShard : IDisposable
{
    private const int HeaderBytes = 64;
    private const uint SetSparse = 0x000900C4;       // FSCTL_SET_SPARSE; Windows fills files with zeros otherwise

    private readonly TemporaryShards _folder = new();
    private readonly long[] _starts;
    private readonly List<FileStream> _files = [];

    /// <param name="tokens">Number of tokens of all files.</param>
    /// <param name="files">Number of files; they differ in length by one token at most.</param>
    public SparseShard(long tokens, int files)
    {
        _starts = [.. Enumerable.Range(0, files + 1).Select(i => (long)((Int128)tokens * i / files))];
        for (var file = 0; file < files; file++) _files.Add(Create(file));
        Shard = TokenShard.Open([.. _files.Select(file => file.Name)]);
    }

    /// <summary>The files, opened by the reader under test.</summary>
    public TokenShard Shard { get; }

    /// <summary>Returns the token of a position.</summary>
    public static long TokenAt(long position)
    {
        var mixed = unchecked((ulong)(position + 1) * 0x9E3779B97F4A7C15);
        return (long)(unchecked((mixed ^ (mixed >> 29)) * 0xBF58476D1CE4E5B9) >> 48);
    }

    /// <summary>Writes the tokens of some positions to the files, and returns them.</summary>
    public long[] Fill(long position, int count)
    {
        var tokens = Enumerable.Range(0, count).Select(i => TokenAt(position + i)).ToArray();
        Span<byte> bytes = stackalloc byte[2];
        for (var i = 0; i < count; i++)
        {
            var file = Array.FindLastIndex(_starts, _starts.Length - 2, start => start <= position + i);
            BinaryPrimitives.WriteUInt16LittleEndian(bytes, (ushort)tokens[i]);
            RandomAccess.Write(_files[file].SafeFileHandle, bytes, HeaderBytes + (position + i - _starts[file]) * 2);
        }
        return tokens;
    }

    public void Dispose()
    {
        Shard?.Dispose();
        foreach (var file in _files) file.Dispose();
        _folder.Dispose();
    }

    private FileStream Create(int file)
    {
        var (path, tokens) = (
            _folder[string.Create(CultureInfo.InvariantCulture, $"{file}.tokens")], _starts[file + 1] - _starts[file]);
        var stream = new FileStream(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        if (OperatingSystem.IsWindows()) DeviceIoControl(stream.SafeFileHandle, SetSparse, 0, 0, 0, 0, out _, 0);
        stream.SetLength(HeaderBytes + tokens * 2);
        var header = new byte[HeaderBytes];
        "TRTOKENS"u8.CopyTo(header);
        (header[8], header[12], header[56]) = (1, 2, 1);
        BinaryPrimitives.WriteInt64LittleEndian(header.AsSpan(16), tokens);
        RandomAccess.Write(stream.SafeFileHandle, header, 0);
        return stream;
    }

    [DllImport("kernel32.dll")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static extern bool DeviceIoControl(
        SafeFileHandle file, uint code, nint input, uint inputSize, nint output, uint outputSize, out uint returned,
        nint overlapped);
}
