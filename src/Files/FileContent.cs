using System.Text;
using System.Text.Json;

namespace TurkishLlm.Files;

/// <summary>Recognizes what files contain from their first bytes, not from their names.</summary>
public static class FileContent
{
    /// <summary>Number of bytes at the start of a file that decide.</summary>
    public const int HeadBytes = 1 << 16;

    private const int TarMark = 257;      // offset of its mark in the first header

    /// <summary>Recognizes a file.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static FileKind Detect(string file)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
        var head = new byte[HeadBytes];
        return Detect(head.AsSpan(0, stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false)));
    }

    /// <summary>Recognizes a file from its first bytes: the whole file, or at least <see cref="HeadBytes"/> of it.</summary>
    public static FileKind Detect(ReadOnlySpan<byte> head)
    {
        if (head.IsEmpty) return FileKind.Empty;
        if (head.StartsWith((ReadOnlySpan<byte>)[0x1F, 0x8B])) return FileKind.Gzip;
        if (head.StartsWith((ReadOnlySpan<byte>)[0x28, 0xB5, 0x2F, 0xFD])) return FileKind.Zstandard;
        if (head.StartsWith("BZh"u8) && head.Length > 3 && head[3] is >= (byte)'1' and <= (byte)'9'
            && head[4..].StartsWith((ReadOnlySpan<byte>)[0x31, 0x41, 0x59, 0x26, 0x53, 0x59]))
            return FileKind.Bzip2;
        if (head.StartsWith((ReadOnlySpan<byte>)[0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00])) return FileKind.Xz;
        if (head.StartsWith("PK\u0003\u0004"u8) || head.StartsWith("PK\u0005\u0006"u8)) return FileKind.Zip;
        if (head.Length > TarMark + 5 && head[TarMark..].StartsWith("ustar"u8)) return FileKind.Tar;
        if (head.StartsWith((ReadOnlySpan<byte>)[0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C])) return FileKind.SevenZip;
        if (head.StartsWith("PAR1"u8)) return FileKind.Parquet;
        if (head.StartsWith("ARROW1\0\0"u8)) return FileKind.Arrow;
        if (head.StartsWith("%PDF-"u8)) return FileKind.Pdf;

        var text = TrimStart(head);
        if (text.StartsWith("version https://git-lfs.github.com/spec/"u8)) return FileKind.GitLfsPointer;
        if (StartsWithIgnoreCase(text, "<!doctype html"u8) || StartsWithIgnoreCase(text, "<html"u8)) return FileKind.Html;
        return text.StartsWith("{"u8) || text.StartsWith("["u8) ? DetectJson(text) : FileKind.Text;
    }

    /// <summary>Says what a file of a kind is, to complete "FILE is …".</summary>
    public static string Describe(FileKind kind) => kind switch
    {
        FileKind.Empty => "empty",
        FileKind.Json => "JSON",
        FileKind.JsonLines => "JSON lines",
        FileKind.Html => "an HTML page",
        FileKind.GitLfsPointer => "a Git LFS pointer in place of the file",
        FileKind.Gzip => "compressed with gzip",
        FileKind.Zstandard => "compressed with Zstandard",
        FileKind.Bzip2 => "compressed with bzip2",
        FileKind.Xz => "compressed with xz",
        FileKind.Zip => "a ZIP archive",
        FileKind.Tar => "a tar archive",
        FileKind.SevenZip => "a 7-Zip archive",
        FileKind.Parquet => "a Parquet table",
        FileKind.Arrow => "an Arrow file",
        FileKind.Pdf => "a PDF document",
        _ => "text",
    };

    /// <summary>Says what to do with a file of a kind that cannot be read as text.</summary>
    public static string GetAdvice(FileKind kind, string file) => kind switch
    {
        FileKind.GitLfsPointer => "Run `git lfs pull` in the repository it came from.",
        FileKind.Html => "The download probably answered with a login or error page; download the file again.",
        FileKind.Gzip => $"Decompress it first: gunzip -k {file}",
        FileKind.Zstandard => $"Decompress it first: unzstd {file}",
        FileKind.Bzip2 => $"Decompress it first: bunzip2 -k {file}",
        FileKind.Xz => $"Decompress it first: unxz -k {file}",
        FileKind.Zip => $"Unpack it first: unzip {file}",
        FileKind.Tar => $"Unpack it first: tar xf {file}",
        FileKind.SevenZip => $"Unpack it first: 7z x {file}",
        FileKind.Parquet or FileKind.Arrow => "Convert it to JSON lines first.",
        FileKind.Pdf => $"Convert it first: pdftotext {file}",
        _ => "",
    };

    /// <summary>Refuses a placeholder in place of a file of another format; see <see cref="Placeholder"/>.</summary>
    /// <exception cref="InvalidDataException">The file is a placeholder; the message says how to get the real file.</exception>
    public static void RefusePlaceholder(string file) => Placeholder.Refuse(file);

    /// <summary>Creates the exception that refuses a file of a kind.</summary>
    public static InvalidDataException CreateException(string file, FileKind kind) =>
        new($"{file} is {Describe(kind)}. {GetAdvice(kind, file)}");

    // Text may begin with a bracket too, so the first value must be JSON as far as the head goes.
    private static FileKind DetectJson(ReadOnlySpan<byte> text)
    {
        var options = new JsonReaderOptions
        {
            CommentHandling = JsonCommentHandling.Skip,
            AllowTrailingCommas = true,
            AllowMultipleValues = true,
        };
        var reader = new Utf8JsonReader(text, isFinalBlock: false, new JsonReaderState(options));
        try
        {
            var isList = text[0] == '[';
            while (reader.Read())
                if (reader.CurrentDepth == 0 && reader.TokenType is JsonTokenType.EndObject or JsonTokenType.EndArray)
                {
                    var after = text[(int)reader.BytesConsumed..].TrimStart(" \t\r"u8);
                    var rest = TrimStart(after);
                    if (rest.IsEmpty) return FileKind.Json;
                    // Prose may begin with an object, but hardly with one on a line of its own.
                    var isLine = after is [(byte)'\n', > (byte)' ', ..];
                    return !isList && (isLine || rest[0] == '{' || rest[0] == ',') ? FileKind.JsonLines : FileKind.Text;
                }
            return FileKind.Json;
        }
        catch (JsonException)
        {
            // A damaged first line still shows what the file is meant to be.
            return StartsLikeObject(text) ? FileKind.JsonLines : FileKind.Text;
        }
    }

    private static bool StartsLikeObject(ReadOnlySpan<byte> text) => text[0] == '{' && TrimStart(text[1..]).StartsWith("\""u8);

    private static ReadOnlySpan<byte> TrimStart(ReadOnlySpan<byte> bytes)
    {
        if (bytes.StartsWith(Encoding.UTF8.Preamble)) bytes = bytes[3..];
        return bytes.TrimStart(" \t\r\n"u8);
    }

    private static bool StartsWithIgnoreCase(ReadOnlySpan<byte> text, ReadOnlySpan<byte> prefix) =>
        text.Length >= prefix.Length && Ascii.EqualsIgnoreCase(text[..prefix.Length], prefix);
}
