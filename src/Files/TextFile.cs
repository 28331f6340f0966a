using System.Text;

namespace TurkishLlm.Files;

/// <summary>Reads text files, and text of standard input. Nothing is ever replaced by U+FFFD.</summary>
/// <remarks>The encoding is UTF-8, or UTF-16 where a byte order mark says so; see <see cref="Utf8Stream"/>.</remarks>
public static class TextFile
{
    private const string StandardInput = "standard input";

    /// <summary>Reads a whole file.</summary>
    /// <exception cref="InvalidDataException">The file is not text; the message gives the offset and the remedy.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static string ReadAllText(string file)
    {
        using var reader = OpenText(file);
        return reader.ReadToEnd();
    }

    /// <summary>Reads a whole file as UTF-8 bytes without a byte order mark.</summary>
    /// <inheritdoc cref="ReadAllText(string)"/>
    public static byte[] ReadAllUtf8(string file)
    {
        using var stream = Utf8Stream.Open(file);
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }

    /// <summary>Reads the lines of a file one at a time.</summary>
    /// <inheritdoc cref="ReadAllText(string)"/>
    public static IEnumerable<string> ReadLines(string file)
    {
        using var reader = OpenText(file);
        while (reader.ReadLine() is { } line) yield return line;
    }

    /// <summary>Opens a file.</summary>
    /// <inheritdoc cref="ReadAllText(string)"/>
    public static TextReader OpenText(string file) => Open(Utf8Stream.Open(file));

    /// <summary>Opens a stream.</summary>
    /// <param name="stream">The bytes of the text; disposed with the reader.</param>
    /// <param name="name">Name of the text in errors.</param>
    public static TextReader OpenText(Stream stream, string name) => Open(new(stream, name));

    /// <summary>Opens standard input. A pipe or a file is read as UTF-8 or UTF-16, regardless of the locale.</summary>
    public static TextReader OpenStandardInput() =>
        Console.IsInputRedirected ? OpenText(Console.OpenStandardInput(), StandardInput) : Console.In;

    /// <summary>Reads the rest of a stream.</summary>
    /// <param name="stream">The bytes of the text; disposed.</param>
    /// <param name="name">Name of the text in errors.</param>
    /// <exception cref="InvalidDataException">The bytes are not text.</exception>
    public static string ReadAllText(Stream stream, string name)
    {
        using var reader = OpenText(stream, name);
        return reader.ReadToEnd();
    }

    /// <summary>Decodes the bytes of a text.</summary>
    /// <param name="bytes">The whole text.</param>
    /// <param name="name">Name of the text in errors.</param>
    /// <exception cref="InvalidDataException">The bytes are not text.</exception>
    public static string Decode(byte[] bytes, string name) =>
        ReadAllText(new MemoryStream(bytes, writable: false), name);

    private static StreamReader Open(Utf8Stream stream) => new(stream, Encoding.UTF8, detectEncodingFromByteOrderMarks: false);
}
