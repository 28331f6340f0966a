namespace TurkishLlm.Files;

/// <summary>What a file contains, regardless of its name.</summary>
public enum FileKind
{
    /// <summary>Text, or anything without a mark of its own.</summary>
    Text,

    /// <summary>No bytes.</summary>
    Empty,

    /// <summary>One JSON value: an object or a list.</summary>
    Json,

    /// <summary>Several JSON objects, one per line.</summary>
    JsonLines,

    /// <summary>An HTML page.</summary>
    Html,

    /// <summary>The pointer that Git LFS keeps in place of a file that was not downloaded.</summary>
    GitLfsPointer,

    /// <summary>Compressed with gzip.</summary>
    Gzip,

    /// <summary>Compressed with Zstandard.</summary>
    Zstandard,

    /// <summary>Compressed with bzip2.</summary>
    Bzip2,

    /// <summary>Compressed with xz.</summary>
    Xz,

    /// <summary>A ZIP archive, also a PyTorch file or an office document.</summary>
    Zip,

    /// <summary>A tar archive.</summary>
    Tar,

    /// <summary>A 7-Zip archive.</summary>
    SevenZip,

    /// <summary>An Apache Parquet table.</summary>
    Parquet,

    /// <summary>An Apache Arrow file.</summary>
    Arrow,

    /// <summary>A PDF document.</summary>
    Pdf,
}
