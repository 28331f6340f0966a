using TurkishLlm.Files;

namespace TurkishLlm.Data.Corpus;

/// <summary>The content of a file of a corpus: what it is, and its decompressed text.</summary>
/// <remarks>Files are recognized by their content; names do not matter.</remarks>
internal sealed class CorpusContent : IDisposable
{
    private CorpusContent(FileKind kind, Stream text, DigestStream source) => (Kind, Text, Source) = (kind, text, source);

    /// <summary><see cref="FileKind.Text"/>, one of the two kinds of JSON, Parquet, or <see cref="FileKind.Empty"/>.</summary>
    public FileKind Kind { get; }

    /// <summary>The text, decompressed and as UTF-8 if it was UTF-16. UTF-8 is not checked. Of no use for Parquet.</summary>
    public Stream Text { get; }

    /// <summary>The file as it is on disk.</summary>
    public DigestStream Source { get; }

    /// <summary>True if the text is one JSON list.</summary>
    public bool IsList { get; private init; }

    /// <summary>True if the text is objects that span lines, as tools that indent write them.</summary>
    public bool IsIndented { get; private init; }

    /// <summary>What has the rows that are documents; null for text.</summary>
    public FileKind? Rows => Kind switch
    {
        FileKind.Json or FileKind.JsonLines => IsList || IsIndented ? FileKind.Json : FileKind.JsonLines,
        FileKind.Parquet => FileKind.Parquet,
        _ => null,
    };

    /// <summary>Opens a file.</summary>
    /// <exception cref="InvalidDataException">The file is something else; the message says what, and what to do.</exception>
    /// <exception cref="IOException">The file cannot be opened.</exception>
    public static CorpusContent Open(string path)
    {
        FileName.RefuseInvalid(path);
        var source = new DigestStream(path);
        try
        {
            var text = new PeekedStream(source);
            var kind = FileContent.Detect(text.Peek(FileContent.HeadBytes));
            if (kind is FileKind.Gzip or FileKind.Zstandard)
            {
                text = new(kind == FileKind.Gzip ? new GzipContent(text, path) : new ZstandardContent(text, path));
                var inner = FileContent.Detect(text.Peek(FileContent.HeadBytes));
                if (inner == FileKind.Parquet || !IsReadable(inner))
                    throw new InvalidDataException(
                        $"{path} is {FileContent.Describe(kind)}, and what is inside is {FileContent.Describe(inner)}. "
                            + FileContent.GetAdvice(inner, path));
                kind = inner;
            }
            if (!IsReadable(kind)) throw FileContent.CreateException(path, kind);

            if (text.Head is [0xFF, 0xFE, ..] or [0xFE, 0xFF, ..] or [0, 0, 0xFE, 0xFF, ..])
            {
                text = new(new Utf8Stream(text, path));
                kind = FileContent.Detect(text.Peek(FileContent.HeadBytes));
                if (!IsReadable(kind)) throw FileContent.CreateException(path, kind);
            }
            var head = text.Head.TrimStart("\uFEFF \t\r\n"u8);
            return new(kind, text, source)
            {
                IsList = kind == FileKind.Json && head is [(byte)'[', ..],
                IsIndented = head is [(byte)'{', ..] && head[1..].TrimStart(" \t\r"u8) is [(byte)'\n', ..],
            };
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Text.Dispose();
        Source.Dispose();
    }

    private static bool IsReadable(FileKind kind) =>
        kind is FileKind.Text or FileKind.Json or FileKind.JsonLines or FileKind.Parquet or FileKind.Empty;
}
