using System.Text;
using System.Text.Json;

namespace TurkishLlm.Files;

/// <summary>
/// Recognizes placeholders of a file that was not downloaded: a pointer of Git LFS or git-annex, a copied symbolic link,
/// a login page, the error of a server, or nothing at all.
/// </summary>
public static class Placeholder
{
    // The longest error of a server; real files of this size are never mistaken, because the whole content must be one.
    private const int MaxErrorBytes = 4096;

    private static readonly string[] ErrorTexts =
    [
        "Entry not found", "Repository not found", "Not Found", "404: Not Found", "404 page not found",
        "Invalid username or password.", "Unauthorized", "Forbidden", "Invalid credentials in Authorization header",
    ];

    private static readonly string[] ErrorKeys = ["error", "errors", "message", "detail", "status", "status_code", "statusCode",
        "code", "request_id", "requestId", "error_type", "documentation_url"];

    /// <summary>Throws if a placeholder is in place of the file.</summary>
    /// <exception cref="InvalidDataException">The message names the placeholder and how to get the real file.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static void Refuse(string file)
    {
        if (Find(file) is { } problem) throw new InvalidDataException($"{file} is {problem}");
    }

    /// <summary>Describes the placeholder with its remedy, to complete "FILE is …"; null if the file is none.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static string? Find(string file)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
        var bytes = new byte[2 * MaxErrorBytes];
        return Find(bytes.AsSpan(0, stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false)), file);
    }

    private static string? Find(ReadOnlySpan<byte> head, string file)
    {
        if (FileContent.Detect(head) is var kind and (FileKind.GitLfsPointer or FileKind.Html))
            return $"{FileContent.Describe(kind)}. {FileContent.GetAdvice(kind, file)}";
        if (head.Trim(" \t\r\n\0"u8).IsEmpty)
            return head.IsEmpty
                ? "empty. Download or write it again."
                : "blank: it holds only white space or zeros. Download or write it again.";
        if (head.Length > MaxErrorBytes) return null;
        var text = Encoding.UTF8.GetString(head).Trim();
        if (text.StartsWith("/annex/objects/", StringComparison.Ordinal))
            return "a git-annex pointer in place of the file. Run `git annex get` in the repository it came from.";
        if (text.StartsWith("../../blobs/", StringComparison.Ordinal) && !text.Contains('\n', StringComparison.Ordinal))
            return "a symbolic link of the Hugging Face cache, copied as text. Copy the file that it points to (cp -L).";
        if (FindServerError(text) is not { } error) return null;
        return $"the error of a server in place of the file: {error}. Download it again, logged in and with the right address.";
    }

    private static string? FindServerError(string text)
    {
        if (ErrorTexts.FirstOrDefault(known => text.TrimEnd('.').Equals(known.TrimEnd('.'), StringComparison.OrdinalIgnoreCase))
            is { } same)
            return $"\"{same}\"";
        if (text.StartsWith("Access to model ", StringComparison.Ordinal)) return Quote(text);
        if (text.StartsWith("<?xml", StringComparison.Ordinal) && text.Contains("<Error>", StringComparison.Ordinal))
            return Quote(text[text.IndexOf("<Error>", StringComparison.Ordinal)..]);
        return text.StartsWith('{') ? FindJsonError(text) : null;
    }

    // An object that has error keys only, at least one of them with text.
    private static string? FindJsonError(string text)
    {
        try
        {
            using var json = JsonDocument.Parse(text);
            var keys = json.RootElement.EnumerateObject().Select(property => property.Name).ToArray();
            if (keys.Length == 0 || !keys.All(ErrorKeys.Contains)) return null;
            return json.RootElement.EnumerateObject().FirstOrDefault(property =>
                    property.Name is "error" or "message" or "detail" && property.Value.ValueKind == JsonValueKind.String)
                is { Name: not null } said
                ? Quote(said.Value.GetString()!)
                : null;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            return null;      // damaged JSON is reported by its reader
        }
    }

    private static string Quote(string text)
    {
        var line = text.ReplaceLineEndings(" ").TrimEnd('.');
        return $"\"{(line.Length > 100 ? line[..99] + "…" : line)}\"";
    }
}
