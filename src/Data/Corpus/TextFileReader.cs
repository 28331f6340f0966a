using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Unicode;
using TurkishLlm.Data.Batches;

namespace TurkishLlm.Data.Corpus;

/// <summary>Reads a text file document by document and computes the digest of the same bytes.</summary>
internal sealed class TextFileReader : IDisposable
{
    /// <summary>A longer document indicates a file without blank lines.</summary>
    private const int MaximumDocumentBytes = 64 << 20;

    private readonly CorpusFile _file;
    private readonly InvalidText _policy;
    private readonly FileStream _stream;
    private readonly IncrementalHash _digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly ArrayBufferWriter<byte> _document = new();
    private byte[] _buffer = new byte[1 << 20];
    private int _start, _end;
    private long _offset;            // offset of _buffer[_start] in the file
    private long _line;
    private long _documents;
    private long? _invalidAt;        // within the current document
    private long? _firstInvalid;
    private bool _atEnd;

    public TextFileReader(CorpusFile file, InvalidText policy)
    {
        (_file, _policy) = (file, policy);
        _stream = new(file.Path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.SequentialScan);
    }

    /// <summary>Number of bytes consumed so far.</summary>
    public long Position => _offset;

    /// <summary>Reads the next document; returns null after the last.</summary>
    public RawDocument? ReadNext()
    {
        _document.ResetWrittenCount();
        _invalidAt = null;
        var firstLine = 0L;
        while (ReadLine() is { } line)
        {
            if (IsBlank(line.Span))
            {
                if (_document.WrittenCount > 0) break;
                continue;
            }
            if (_document.WrittenCount == 0) firstLine = _line;
            else _document.Write("\n"u8);
            _document.Write(line.Span);
            if (_document.WrittenCount > MaximumDocumentBytes) throw CreateTooLongException(firstLine);
        }

        if (_document.WrittenCount == 0)
            return _documents > 0 ? null : throw new InvalidDataException(
                $"{_file.Path} contains no document: it is {(_offset == 0 ? "empty" : "only blank lines")}. "
                + "Remove the file, or download it again if the download was interrupted.");
        _documents++;
        return new(_document.WrittenSpan.ToArray(), _file.Path, firstLine, _invalidAt);
    }

    /// <summary>Returns the manifest entry of the file. Valid once <see cref="ReadNext"/> has returned null.</summary>
    public ManifestFile Describe() =>
        new(_file.Name, _offset, Convert.ToHexStringLower(_digest.GetCurrentHash()), _documents, _firstInvalid);

    public void Dispose()
    {
        _stream.Dispose();
        _digest.Dispose();
    }

    /// <summary>
    /// Reads the next line without its end, as valid UTF-8; returns null at the end of the file. Valid until the next call.
    /// </summary>
    private ReadOnlyMemory<byte>? ReadLine()
    {
        var searched = 0;
        int length;
        while ((length = _buffer.AsSpan(_start + searched, _end - _start - searched).IndexOf((byte)'\n')) < 0)
        {
            searched = _end - _start;
            if (searched > MaximumDocumentBytes) throw CreateTooLongException(_line + 1);
            if (!FillBuffer()) break;
        }

        var (taken, found) = length < 0 ? (searched, searched) : (searched + length + 1, searched + length);
        if (taken == 0) return null;
        _line++;
        var line = _buffer.AsMemory(_start, found);
        if (!Utf8.IsValid(line.Span)) RecordInvalid(line.Span);
        if (_offset == 0 && line.Span.StartsWith(Encoding.UTF8.Preamble)) line = line[3..];
        _start += taken;
        _offset += taken;
        return line.TrimEnd((byte)'\r');
    }

    private bool FillBuffer()
    {
        if (_atEnd) return false;
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
        }
        if (_end == _buffer.Length) Array.Resize(ref _buffer, 2 * _buffer.Length);
        var read = _stream.Read(_buffer, _end, _buffer.Length - _end);
        _digest.AppendData(_buffer, _end, read);
        _end += read;
        _atEnd = read == 0;
        return !_atEnd;
    }

    private static bool IsBlank(ReadOnlySpan<byte> line)
    {
        while (!line.IsEmpty)
        {
            Rune.DecodeFromUtf8(line, out var rune, out var length);
            if (!Rune.IsWhiteSpace(rune)) return false;
            line = line[length..];
        }
        return true;
    }

    private void RecordInvalid(ReadOnlySpan<byte> line)
    {
        var valid = 0;
        while (Rune.DecodeFromUtf8(line[valid..], out _, out var length) == OperationStatus.Done) valid += length;
        _invalidAt ??= _offset + valid;
        _firstInvalid ??= _invalidAt;
        if (_policy == InvalidText.SkipDocument) return;

        var isUtf16 = _offset == 0 && line is ([0xFF, 0xFE, ..] or [0xFE, 0xFF, ..]);
        throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture,
            $"{_file.Path} is not valid UTF-8: byte 0x{line[valid]:X2} at offset {_offset + valid} (line {_line}). ")
            + $"Convert the file first, for example: iconv -f {(isUtf16 ? "UTF-16" : "WINDOWS-1254")} -t UTF-8.");
    }

    private InvalidDataException CreateTooLongException(long line) => new(string.Create(CultureInfo.InvariantCulture,
        $"{_file.Path}, line {line}: a document is longer than {MaximumDocumentBytes >> 20} MiB. ")
        + "Separate the documents of the file with blank lines.");
}
