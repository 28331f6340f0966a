using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Unicode;

namespace TurkishLlm.Files;

/// <summary>
/// The content of a text as UTF-8 without a byte order mark. UTF-8 is checked, UTF-16 with its mark is converted, and anything
/// else is refused.
/// </summary>
/// <remarks>Bytes before the first invalid one can still be read; the read after them throws.</remarks>
public sealed class Utf8Stream : Stream
{
    private const int BlockBytes = 1 << 16;

    private readonly Stream _source;
    private readonly string _name;
    private readonly byte[] _input = new byte[BlockBytes];
    private byte[] _output = new byte[BlockBytes];
    private int _inputLength, _outputStart, _outputEnd;
    private long _offset;       // of _input[0] in the source
    private long _line = 1;     // of the same byte
    private bool _hasStarted, _atEnd;
    private Form _form;

    /// <summary>Creates a stream that owns its source.</summary>
    /// <param name="source">The bytes to read.</param>
    /// <param name="name">Name of the source in errors: a path, or "standard input".</param>
    public Utf8Stream(Stream source, string name) => (_source, _name) = (source, name);

    private enum Form { Utf8, LittleEndian, BigEndian }

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => false;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <summary>Opens a file.</summary>
    /// <exception cref="IOException">The file cannot be opened.</exception>
    public static Utf8Stream Open(string file) =>
        new(new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0, FileOptions.SequentialScan),
            file);

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <summary>Reads the next bytes; returns 0 at the end.</summary>
    /// <exception cref="InvalidDataException">The next byte is not text; the message gives its offset and line.</exception>
    public override int Read(Span<byte> buffer)
    {
        if (buffer.IsEmpty) return 0;
        if (!_hasStarted) Start();
        while (_outputStart == _outputEnd)
        {
            (_outputStart, _outputEnd) = (0, 0);
            if (_form == Form.Utf8 ? !ConvertUtf8() : !ConvertUtf16()) return 0;
        }
        var length = Math.Min(buffer.Length, _outputEnd - _outputStart);
        _output.AsSpan(_outputStart, length).CopyTo(buffer);
        _outputStart += length;
        return length;
    }

    /// <inheritdoc/>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing) _source.Dispose();
        base.Dispose(disposing);
    }

    private void Start()
    {
        _hasStarted = true;
        while (_inputLength < 4 && !_atEnd) Fill();
        var head = _input.AsSpan(0, _inputLength);
        if (head is [0xFF, 0xFE, 0, 0, ..] or [0, 0, 0xFE, 0xFF, ..])
            throw new InvalidDataException($"{_name} is UTF-32. {ConversionAdvice.Format(_name, "UTF-32")}");
        if (FileContent.Detect(head) is var kind and not (
            FileKind.Text or FileKind.Empty or FileKind.Json or FileKind.JsonLines or FileKind.Html))
            throw FileContent.CreateException(_name, kind);
        var (form, mark) = head switch
        {
            [0xEF, 0xBB, 0xBF, ..] => (Form.Utf8, 3),
            [0xFF, 0xFE, ..] => (Form.LittleEndian, 2),
            [0xFE, 0xFF, ..] => (Form.BigEndian, 2),
            _ => (Form.Utf8, 0),
        };
        _form = form;
        Consume(mark);
    }

    private void Fill()
    {
        var read = _source.Read(_input, _inputLength, _input.Length - _inputLength);
        _inputLength += read;
        _atEnd = read == 0;
    }

    private void Consume(int count)
    {
        _input.AsSpan(count, _inputLength - count).CopyTo(_input);
        _inputLength -= count;
        _offset += count;
    }

    private bool ConvertUtf8()
    {
        // The rest of the last block: at most three bytes of an incomplete character, or an invalid byte.
        if (!_atEnd && _inputLength < _input.Length) Fill();
        var input = _input.AsSpan(0, _inputLength);
        if (input.IsEmpty) return false;
        var valid = input.Length - GetIncompleteLength(input);
        if (!Utf8.IsValid(input[..valid])) valid = GetValidLength(input);
        if (input[..valid].IndexOf((byte)0) is >= 0 and var zero) valid = zero;
        if (valid == 0)
        {
            if (!_atEnd && input[0] != 0 && GetIncompleteLength(input) == input.Length) return true;
            throw CreateException(input[0]);
        }
        input[..valid].CopyTo(_output);
        _outputEnd = valid;
        _line += input[..valid].Count((byte)'\n');
        Consume(valid);
        return true;
    }

    private bool ConvertUtf16()
    {
        if (!_atEnd && _inputLength < _input.Length) Fill();
        if (_inputLength == 0) return false;
        var chars = MemoryMarshal.Cast<byte, char>(_input.AsSpan(0, _inputLength & ~1)).ToArray();
        if (_form == Form.BigEndian == BitConverter.IsLittleEndian)
        {
            var units = MemoryMarshal.Cast<char, ushort>(chars.AsSpan());
            BinaryPrimitives.ReverseEndianness(units, units);
        }
        if (chars.AsSpan().IndexOf('\0') is >= 0 and var zero) chars = chars[..zero];
        if (_output.Length < 3 * chars.Length) _output = new byte[3 * chars.Length];
        Utf8.FromUtf16(chars, _output, out var read, out var written, replaceInvalidSequences: false, isFinalBlock: _atEnd);
        if (read == 0)
        {
            if (!_atEnd && _inputLength < 4 && (_inputLength < 2 || chars.Length > 0)) return true;
            throw CreateException(_input[0]);
        }
        _outputEnd = written;
        _line += _output.AsSpan(0, written).Count((byte)'\n');
        Consume(2 * read);
        return true;
    }

    // Length of the character that the block cuts off, 0 to 3.
    private static int GetIncompleteLength(ReadOnlySpan<byte> text)
    {
        for (var length = 1; length <= Math.Min(3, text.Length); length++)
            if ((text[^length] & 0xC0) != 0x80)
                return Rune.DecodeFromUtf8(text[^length..], out _, out _) == OperationStatus.NeedMoreData ? length : 0;
        return 0;
    }

    private static int GetValidLength(ReadOnlySpan<byte> text)
    {
        var valid = 0;
        while (Rune.DecodeFromUtf8(text[valid..], out _, out var length) == OperationStatus.Done) valid += length;
        return valid;
    }

    private InvalidDataException CreateException(byte invalid)
    {
        var form = _form == Form.Utf8 ? "UTF-8" : "UTF-16";
        var place = string.Create(CultureInfo.InvariantCulture, $"byte 0x{invalid:X2} at offset {_offset} (line {_line})");
        var likely = _form == Form.Utf8 && invalid != 0 ? "WINDOWS-1254" : "UTF-16LE";
        var isCut = _form == Form.Utf8 && _atEnd && invalid != 0 && GetIncompleteLength(_input.AsSpan(0, _inputLength)) > 0;
        var hint = isCut ? " The file may be truncated." : "";
        return new($"{_name} is not valid {form}: {place}.{hint} {ConversionAdvice.Format(_name, likely)}");
    }}
