using System.Security.Cryptography;

namespace TurkishLlm.Data.Corpus;

/// <summary>Reads a file once and computes the SHA-256 of its bytes before they are decoded.</summary>
internal sealed class DigestStream : ReadOnlyStream
{
    private readonly FileStream _file;
    private readonly IncrementalHash _digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    /// <exception cref="IOException">The file cannot be opened.</exception>
    public DigestStream(string path) => _file = new(
        path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.SequentialScan);

    public override long Length => _file.Length;

    /// <summary>Number of bytes read so far.</summary>
    public override long Position { get => _file.Position; set => throw new NotSupportedException(); }

    public override int Read(Span<byte> buffer)
    {
        var read = _file.Read(buffer);
        _digest.AppendData(buffer[..read]);
        return read;
    }

    /// <summary>Reads the bytes after the decoded ones, if any, and returns the digest of the whole file.</summary>
    public string Complete()
    {
        CopyTo(Null);
        return Convert.ToHexStringLower(_digest.GetCurrentHash());
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _file.Dispose();
            _digest.Dispose();
        }
        base.Dispose(disposing);
    }
}
