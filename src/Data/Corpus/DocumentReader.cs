namespace TurkishLlm.Data.Corpus;

/// <summary>Reads the documents of a corpus one at a time. The whole corpus is never in memory.</summary>
/// <remarks>
/// A corpus is one text file, or the <c>*.txt</c> files of a directory and its subdirectories in ordinal order of their paths.
/// Blank lines (empty or only whitespace) separate documents. Lines end with LF or CRLF. A byte order mark is skipped.
/// </remarks>
public static class DocumentReader
{
    /// <summary>Reads the documents of a file or directory in order, normalized to NFC.</summary>
    /// <param name="fileOrDirectory">A text file, or a directory of text files.</param>
    /// <exception cref="DirectoryNotFoundException">The file or directory does not exist.</exception>
    /// <exception cref="FileNotFoundException">The directory contains no text file.</exception>
    /// <exception cref="InvalidDataException">
    /// A file is not valid UTF-8 (the message gives the byte offset), contains no document, or contains one that is too long.
    /// </exception>
    public static IEnumerable<Document> Read(string fileOrDirectory) => ReadAll(CorpusFile.List(fileOrDirectory));

    /// <summary>Lists the text files that <see cref="Read"/> would read, in its order.</summary>
    /// <inheritdoc cref="Read"/>
    public static IReadOnlyList<string> ListFiles(string fileOrDirectory) =>
        [.. CorpusFile.List(fileOrDirectory).Select(file => file.Path)];

    private static IEnumerable<Document> ReadAll(IReadOnlyList<CorpusFile> files)
    {
        foreach (var file in files)
        {
            using var reader = new TextFileReader(file, InvalidText.Refuse);
            while (reader.ReadNext() is { } document) yield return new(document.GetText(), document.Path, document.Line);
        }
    }
}
