using System.Text;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Synthesis.Documentation;

/// <summary>Reads documentation in HTML, Markdown and plain text, from a file or a folder.</summary>
public static class DocumentationReader
{
    private static readonly string[] Extensions = [".html", ".htm", ".md", ".txt"];

    // Without byte order mark; invalid bytes throw.
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Reads all pages, ordered by path.</summary>
    /// <param name="path">
    /// A file, or a folder that is searched recursively. Files named <c>README.md</c> describe the folder and are skipped.
    /// </param>
    /// <exception cref="FileNotFoundException">The file or folder does not exist.</exception>
    /// <exception cref="InvalidDataException">The folder contains no page, or a file is not valid UTF-8.</exception>
    public static IReadOnlyList<Page> Read(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        var isFolder = Directory.Exists(path);
        if (!isFolder && !File.Exists(path))
            throw new FileNotFoundException(
                $"The documentation {path} does not exist. Give a file or a folder of "
                    + $"{string.Join(", ", Extensions.Select(ending => "*" + ending))}.",
                path);

        string[] files = isFolder
            ? [.. Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories).Where(IsPage).Order(StringComparer.Ordinal)]
            : [path];
        var pages = files
            .SelectMany(file =>
                ReadFile(file, isFolder ? Path.GetRelativePath(path, file).Replace('\\', '/') : Path.GetFileName(file)))
            .Select(FillMetadata)
            .ToArray();
        if (pages.Length == 0) throw new InvalidDataException($"{path} contains no page. Add *.html, *.md or *.txt files.");
        return pages;
    }

    /// <summary>Parses one HTML or Markdown page, or all documents of a plain text.</summary>
    /// <param name="document">Path relative to the documentation folder; its extension determines the format.</param>
    /// <param name="text">The content of the file.</param>
    public static IReadOnlyList<Page> Parse(string document, string text)
    {
        ArgumentNullException.ThrowIfNull(document);
        ArgumentNullException.ThrowIfNull(text);
        return [.. (Path.GetExtension(document).ToLowerInvariant() switch
        {
            ".md" => [MarkdownPageReader.Read(document, text)],
            ".txt" => PlainTextReader.Read(document, text),
            _ => (IEnumerable<Page>)[HtmlPageReader.Read(document, text)],
        }).Where(page => page.Blocks.Count > 0)];
    }

    private static bool IsPage(string file) =>
        Extensions.Contains(Path.GetExtension(file).ToLowerInvariant())
        && !Path.GetFileName(file).Equals("README.md", StringComparison.OrdinalIgnoreCase);

    private static IReadOnlyList<Page> ReadFile(string file, string document)
    {
        try
        {
            return Parse(document, Utf8.GetString(File.ReadAllBytes(file)).TrimStart('\uFEFF'));
        }
        catch (DecoderFallbackException error)
        {
            throw new InvalidDataException(
                $"{file} is not UTF-8. Convert it first, for example: iconv -f WINDOWS-1254 -t UTF-8.", error);
        }
    }

    // Metadata missing in the markup is taken from the path: LANGUAGE/MODULE/page.
    private static Page FillMetadata(Page page)
    {
        var folders = page.Document.Split('/')[..^1];
        var isLanguage = folders is ["tr" or "en", ..];
        var language = page.Language is "tr" or "en" ? page.Language : isLanguage ? folders[0] : PageLanguage.Detect(page.Text);
        var inner = isLanguage ? folders[1..] : folders;
        return page with
        {
            Language = language,
            Module = page.Module.Length > 0 ? TextNormalizer.ToNfc(page.Module) : inner.Length > 0 ? inner[0] : "",
            Submodule = page.Submodule.Length > 0 ? page.Submodule : Path.GetFileName(page.Name),
        };
    }
}
