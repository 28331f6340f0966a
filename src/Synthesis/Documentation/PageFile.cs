using System.Text;
using System.Text.RegularExpressions;

namespace TurkishLlm.Synthesis.Documentation;

/// <summary>Reads the text of a page.</summary>
internal static partial class PageFile
{
    // Browsers look for the declaration in as many bytes.
    private const int SearchedBytes = 1024;

    // Without byte order mark; invalid bytes throw.
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Reads a file.</summary>
    /// <exception cref="InvalidDataException">
    /// The file is not UTF-8; the message names the encoding that an HTML page declares.
    /// </exception>
    public static string Read(string file)
    {
        var bytes = File.ReadAllBytes(file);
        var declared = IsHtml(file) ? FindDeclaredEncoding(bytes) : null;
        // After a conversion, pages still declare the old encoding; text that is valid UTF-8 is not in that one.
        if (declared is not null && IsSevenBit(declared)) throw CreateError(file, declared, null);
        try
        {
            return Utf8.GetString(bytes).TrimStart('\uFEFF');
        }
        catch (DecoderFallbackException error) when (declared is not null)
        {
            throw CreateError(file, declared, error);
        }
        catch (DecoderFallbackException error)
        {
            throw new InvalidDataException(
                $"{file} is not UTF-8. Convert it first, for example: iconv -f WINDOWS-1254 -t UTF-8.", error);
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

    private static InvalidDataException CreateError(string file, string declared, Exception? error) =>
        new(
            $"{file} is not UTF-8; it declares {declared}. "
            + $"Convert it first: iconv -f {declared.ToUpperInvariant()} -t UTF-8.",
            error);

    [GeneratedRegex(
        "<(?:meta\\b[^>]*?\\bcharset\\s*=|\\?xml\\b[^>]*?\\bencoding\\s*=)\\s*[\"']?\\s*([\\w.:-]+)", RegexOptions.IgnoreCase)]
    private static partial Regex DeclarationRegex();
}
