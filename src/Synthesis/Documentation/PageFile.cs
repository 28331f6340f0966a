using System.Text;
using System.Text.RegularExpressions;
using TurkishLlm.Files;

namespace TurkishLlm.Synthesis.Documentation;

/// <summary>Reads the text of a page.</summary>
internal static partial class PageFile
{
    // Browsers look for the declaration in as many bytes.
    private const int SearchedBytes = 1024;

    /// <summary>Reads a file.</summary>
    /// <exception cref="InvalidDataException">
    /// The file is not text in UTF-8 or UTF-16; the message names the encoding that an HTML page declares.
    /// </exception>
    public static string Read(string file)
    {
        FileName.RefuseInvalid(file);
        var bytes = File.ReadAllBytes(file);
        var declared = IsHtml(file) ? FindDeclaredEncoding(bytes) : null;
        // After a conversion, pages still declare the old encoding; text that is valid UTF-8 is not in that one.
        if (declared is not null && IsSevenBit(declared)) throw CreateException(file, declared, null);
        try
        {
            return TextFile.Decode(bytes, file);
        }
        catch (InvalidDataException error) when (declared is not null)
        {
            throw CreateException(file, declared, error);
        }
    }

    private static bool IsHtml(string file) => Path.GetExtension(file).ToLowerInvariant() is ".html" or ".htm";

    // Null for UTF-8, and for UTF-16, which a page that declares it in ASCII letters cannot be in.
    private static string? FindDeclaredEncoding(byte[] bytes)
    {
        var head = Encoding.Latin1.GetString(bytes, 0, Math.Min(bytes.Length, SearchedBytes));
        var declared = DeclarationRegex().Match(head) is { Success: true } match ? match.Groups[1].Value : "";
        return declared.Length == 0 || declared.StartsWith("utf-8", StringComparison.OrdinalIgnoreCase)
            || declared.Equals("utf8", StringComparison.OrdinalIgnoreCase)
            || declared.StartsWith("utf-16", StringComparison.OrdinalIgnoreCase)
                ? null
                : declared;
    }

    // All bytes are ASCII, but the characters are not.
    private static bool IsSevenBit(string encoding) =>
        encoding.StartsWith("iso-2022-", StringComparison.OrdinalIgnoreCase)
        || encoding.Equals("utf-7", StringComparison.OrdinalIgnoreCase)
        || encoding.Equals("hz-gb-2312", StringComparison.OrdinalIgnoreCase);

    private static InvalidDataException CreateException(string file, string declared, Exception? error)
    {
        var advice = ConversionAdvice.Format(file, declared.ToUpperInvariant());
        return new($"{file} is not UTF-8; it declares {declared}. {advice}", error);
    }

    [GeneratedRegex(
        "<(?:meta\\b[^>]*?\\bcharset\\s*=|\\?xml\\b[^>]*?\\bencoding\\s*=)\\s*[\"']?\\s*([\\w.:-]+)", RegexOptions.IgnoreCase)]
    private static partial Regex DeclarationRegex();
}
