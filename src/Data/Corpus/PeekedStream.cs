namespace TurkishLlm.Data.Corpus;

/// <summary>Reads a stream after a look at its first bytes, which are not lost.</summary>
/// <param name="source">The stream; disposed with this one.</param>
internal sealed class PeekedStream(Stream source) : ReadOnlyStream
{
    private byte[] _head = [];
    private int _at;

    /// <summary>The bytes that were looked at.</summary>
    public ReadOnlySpan<byte> Head => _head;

    /// <summary>Returns the first bytes without consuming them; fewer if the stream is shorter. Call it before reading.</summary>
    public ReadOnlySpan<byte> Peek(int count)
    {
        _head = new byte[count];
        Array.Resize(ref _head, source.ReadAtLeast(_head, count, throwOnEndOfStream: false));
        return _head;
    }

    public override int Read(Span<byte> buffer)
    {
        if (_at == _head.Length) return source.Read(buffer);
        var length = Math.Min(buffer.Length, _head.Length - _at);
        _head.AsSpan(_at, length).CopyTo(buffer);
        _at += length;
        return length;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) source.Dispose();
        base.Dispose(disposing);
    }
}
