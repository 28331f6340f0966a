using TurkishLlm.Files;

namespace TurkishLlm.Data.Corpus;

/// <summary>Reads the documents of a corpus one at a time. The whole corpus is never in memory.</summary>
/// <remarks>
/// A corpus is one file, or the files of a directory and its subdirectories in ordinal order of their paths. Files are recognized
/// by their content: in text, blank lines (empty or only whitespace) separate documents, and lines end with LF or CRLF; a row of
/// JSON lines, of a JSON list or of a Parquet table is a document. Text and JSON may be compressed with gzip or Zstandard.
/// </remarks>
public static class DocumentReader
{
    /// <summary>Reads the documents of a file or directory in order, normalized to NFC.</summary>
    /// <param name="fileOrDirectory">A file, or a directory of files.</param>
    /// <param name="textField">Name of the field of rows that has the text; empty for the usual names.</param>
    /// <exception cref="DirectoryNotFoundException">The file or directory does not exist.</exception>
    /// <exception cref="FileNotFoundException">The directory contains no file of a corpus.</exception>
    /// <exception cref="InvalidDataException">
    /// A file is not valid UTF-8 (the message gives the byte offset), has another format, contains no document, or contains one
    /// that is too long or not text.
    /// </exception>
    public static IEnumerable<Document> Read(string fileOrDirectory, string textField = "") =>
        ReadAll(CorpusFile.List(fileOrDirectory), textField);

    /// <summary>Lists the files that <see cref="Read"/> would read, in its order.</summary>
    /// <inheritdoc cref="Read"/>
    public static IReadOnlyList<string> ListFiles(string fileOrDirectory) =>
        [.. CorpusFile.List(fileOrDirectory).Select(file => file.Path)];

    /// <summary>
    /// Names how the documents of a file are found: empty for text, else the format and the field. Equal files that are read in
    /// the same way have equal documents.
    /// </summary>
    /// <inheritdoc cref="Read"/>
    public static string DescribeReading(string file, string textField = "")
    {
        using var content = CorpusContent.Open(file);
        return content.Rows is { } rows ? $"{rows} {textField}".TrimEnd() : "";
    }

    private static IEnumerable<Document> ReadAll(IReadOnlyList<CorpusFile> files, string textField)
    {
        foreach (var file in files)
        {
            using var reader = CorpusFileReader.Open(file with { TextField = textField }, InvalidText.Refuse);
            while (reader.ReadNext() is { } document) yield return new(document.GetText(), document.Path, document.Line);
        }
    }
}
