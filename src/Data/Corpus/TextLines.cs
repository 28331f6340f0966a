using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Unicode;
using TurkishLlm.Files;

namespace TurkishLlm.Data.Corpus;

/// <summary>Reads a text line by line and checks that it is UTF-8.</summary>
/// <param name="content">The text.</param>
/// <param name="name">Name of the file in errors.</param>
/// <param name="policy">Whether invalid lines are errors.</param>
/// <param name="tooLong">What to do about a line that is too long.</param>
internal sealed class TextLines(Stream content, string name, InvalidText policy, string tooLong)
{
    /// <summary>A longer line indicates a file without line ends.</summary>
    public const int MaximumBytes = 64 << 20;

    private byte[] _buffer = new byte[1 << 20];
    private int _start, _end;
    private bool _atEnd;

    /// <summary>Number of bytes of the text consumed so far.</summary>
    public long Offset { get; private set; }

    /// <summary>Number of the current line, from 1.</summary>
    public long Number { get; private set; }

    /// <summary>Offset of the first byte of the current line that is not valid UTF-8, or null.</summary>
    public long? InvalidAt { get; private set; }

    /// <summary>
    /// Reads the next line without its end; returns null at the end of the text. Valid until the next call.
    /// </summary>
    /// <exception cref="InvalidDataException">The line is not valid UTF-8, or is too long.</exception>
    public ReadOnlyMemory<byte>? Read()
    {
        var searched = 0;
        int length;
        while ((length = _buffer.AsSpan(_start + searched, _end - _start - searched).IndexOf((byte)'\n')) < 0)
        {
            searched = _end - _start;
            if (searched > MaximumBytes) throw CreateTooLongException(Number + 1);
            if (!FillBuffer()) break;
        }

        var (taken, found) = length < 0 ? (searched, searched) : (searched + length + 1, searched + length);
        if (taken == 0) return null;
        Number++;
        InvalidAt = null;
        var line = _buffer.AsMemory(_start, found);
        if (!Utf8.IsValid(line.Span) || line.Span.Contains((byte)0)) RecordInvalid(line.Span);
        if (Offset == 0 && line.Span.StartsWith(Encoding.UTF8.Preamble)) line = line[3..];
        _start += taken;
        Offset += taken;
        return line.TrimEnd((byte)'\r');
    }

    /// <summary>Creates the exception for a document that is too long.</summary>
    public InvalidDataException CreateTooLongException(long line) => new(string.Create(CultureInfo.InvariantCulture,
        $"{name}, line {line}: a document is longer than {MaximumBytes >> 20} MiB. ") + tooLong);

    private bool FillBuffer()
    {
        if (_atEnd) return false;
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
        }
        if (_end == _buffer.Length) Array.Resize(ref _buffer, 2 * _buffer.Length);
        var read = content.Read(_buffer, _end, _buffer.Length - _end);
        _end += read;
        _atEnd = read == 0;
        return !_atEnd;
    }

    private void RecordInvalid(ReadOnlySpan<byte> line)
    {
        var valid = 0;
        while (Rune.DecodeFromUtf8(line[valid..], out var rune, out var length) == OperationStatus.Done && rune.Value != 0)
            valid += length;
        InvalidAt = Offset + valid;
        if (policy == InvalidText.SkipDocument) return;
        throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture,
            $"{name} is not valid UTF-8: byte 0x{line[valid]:X2} at offset {Offset + valid} (line {Number}). ")
            + ConversionAdvice.Format(name, line[valid] == 0 ? "UTF-16LE" : "WINDOWS-1254"));
    }
}
