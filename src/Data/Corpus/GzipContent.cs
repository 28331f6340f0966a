using System.IO.Compression;

namespace TurkishLlm.Data.Corpus;

/// <summary>Decompresses gzip and refuses a truncated file, which <see cref="GZipStream"/> takes for a complete one.</summary>
/// <remarks>
/// One more member is appended to the source. If the file is complete, its content is the end of what is decompressed, because
/// gzip concatenates members; otherwise the decompression fails or ends with something else.
/// </remarks>
internal sealed class GzipContent : ReadOnlyStream
{
    private static readonly byte[] Mark = "end of the file, appended when it is read"u8.ToArray();
    private static readonly byte[] Member = Compress(Mark);

    private readonly Appended _source;
    private readonly GZipStream _gzip;
    private readonly string _name;
    private ReadOnlyMemory<byte>? _last;      // what follows once the source has ended, without the mark

    /// <param name="source">The compressed bytes; disposed with this stream.</param>
    /// <param name="name">Name of the file in errors.</param>
    public GzipContent(Stream source, string name)
    {
        _name = name;
        _source = new(source);
        _gzip = new(_source, CompressionMode.Decompress);
    }

    /// <exception cref="InvalidDataException">The file is damaged or truncated.</exception>
    public override int Read(Span<byte> buffer)
    {
        if (buffer.IsEmpty) return 0;
        if (_last is null)
        {
            var read = Decompress(buffer);
            if (read > 0 && !_source.HasEnded) return read;
            _last = ReadRest(buffer[..read]);
        }
        var length = Math.Min(buffer.Length, _last.Value.Length);
        _last.Value.Span[..length].CopyTo(buffer);
        _last = _last.Value[length..];
        return length;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _gzip.Dispose();
            _source.Dispose();
        }
        base.Dispose(disposing);
    }

    private byte[] ReadRest(ReadOnlySpan<byte> read)
    {
        var rest = new MemoryStream();
        rest.Write(read);
        var more = new byte[1 << 12];
        for (int length; (length = Decompress(more)) > 0;) rest.Write(more, 0, length);
        var bytes = rest.ToArray();
        return bytes.AsSpan().EndsWith(Mark) ? bytes[..^Mark.Length] : throw CreateException(error: null);
    }

    private int Decompress(Span<byte> buffer)
    {
        try
        {
            return _gzip.Read(buffer);
        }
        catch (InvalidDataException error)
        {
            throw CreateException(error);
        }
    }

    private InvalidDataException CreateException(Exception? error) => new(
        $"{_name} is not complete gzip: it is {(_source.HasEnded ? "cut off or " : "")}damaged. "
            + $"Download it again, or check it with: gzip -t {_name}", error);

    private static byte[] Compress(byte[] content)
    {
        using var bytes = new MemoryStream();
        using (var gzip = new GZipStream(bytes, CompressionLevel.Fastest)) gzip.Write(content);
        return bytes.ToArray();
    }

    private sealed class Appended(Stream source) : ReadOnlyStream
    {
        private int _given;

        public bool HasEnded { get; private set; }

        public override int Read(Span<byte> buffer)
        {
            if (!HasEnded && source.Read(buffer) is > 0 and var read) return read;
            HasEnded = true;
            var length = Math.Min(buffer.Length, Member.Length - _given);
            Member.AsSpan(_given, length).CopyTo(buffer);
            _given += length;
            return length;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing) source.Dispose();
            base.Dispose(disposing);
        }
    }
}
