using TurkishLlm.Data.Batches;
using TurkishLlm.Files;

namespace TurkishLlm.Data.Corpus;

/// <summary>Reads a file of any format of a corpus document by document, and computes the digest of its bytes.</summary>
internal abstract class CorpusFileReader(CorpusFile file) : IDisposable
{
    private long _documents;
    private long? _firstInvalid;

    /// <summary>Number of bytes of the file consumed so far.</summary>
    public abstract long Position { get; }

    protected CorpusFile File => file;

    /// <summary>What has the rows; null for text.</summary>
    protected virtual FileKind? Rows => null;

    /// <summary>Opens a file by its content.</summary>
    /// <exception cref="InvalidDataException">The file has a format that is not read, or is damaged.</exception>
    public static CorpusFileReader Open(CorpusFile file, InvalidText policy)
    {
        var content = CorpusContent.Open(file.Path);
        if (content.Rows != FileKind.Parquet)
            return content.Rows switch
            {
                FileKind.Json => new JsonValueDocuments(file, policy, content),
                FileKind.JsonLines => new JsonLineDocuments(file, policy, content),
                _ => new TextDocuments(file, policy, content),
            };
        content.Dispose();
        return new ParquetDocuments(file, policy);
    }

    /// <summary>Reads the next document; returns null after the last.</summary>
    /// <exception cref="InvalidDataException">A document is not text, or the file has none.</exception>
    public RawDocument? ReadNext()
    {
        if (Read() is { } document)
        {
            _documents++;
            _firstInvalid ??= document.InvalidByteOffset;
            return document;
        }
        return _documents > 0 ? null : throw new InvalidDataException(
            $"{file.Path} contains no document: it is {DescribeEmpty()}. "
                + "Remove the file, or download it again if the download was interrupted.");
    }

    /// <summary>Returns the manifest entry of the file. Valid once <see cref="ReadNext"/> has returned null.</summary>
    public ManifestFile Describe()
    {
        var digest = ComputeDigest();
        return new(file.Name, Position, digest, _documents, _firstInvalid, Rows);
    }

    public abstract void Dispose();

    /// <summary>Reads the next document; returns null after the last.</summary>
    protected abstract RawDocument? Read();

    /// <summary>Reads the rest of the file and returns its SHA-256.</summary>
    protected abstract string ComputeDigest();

    /// <summary>Says why a file has no document, to complete "it is …".</summary>
    protected abstract string DescribeEmpty();
}
