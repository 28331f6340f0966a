using ZstdSharp;
using ZstdSharp.Unsafe;

namespace TurkishLlm.Data.Corpus;

/// <summary>Decompresses Zstandard, also files of <c>zstd --long=31</c>, with errors that name the file.</summary>
internal sealed class ZstandardContent : ReadOnlyStream
{
    private readonly DecompressionStream _zstandard;
    private readonly string _name;

    /// <param name="source">The compressed bytes; disposed with this stream.</param>
    /// <param name="name">Name of the file in errors.</param>
    public ZstandardContent(Stream source, string name)
    {
        _name = name;
        _zstandard = new(source, leaveOpen: false);
        _zstandard.SetParameter(ZSTD_dParameter.ZSTD_d_windowLogMax, Environment.Is64BitProcess ? 31 : 30);
    }

    /// <exception cref="InvalidDataException">The file is damaged or truncated.</exception>
    public override int Read(Span<byte> buffer)
    {
        try
        {
            return _zstandard.Read(buffer);
        }
        catch (Exception error) when (error is ZstdException or EndOfStreamException)
        {
            throw new InvalidDataException(
                $"{_name} is not complete Zstandard: it is {(error is ZstdException ? "" : "cut off or ")}damaged. "
                    + $"Download it again, or check it with: zstd -t {_name}", error);
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) _zstandard.Dispose();
        base.Dispose(disposing);
    }
}
