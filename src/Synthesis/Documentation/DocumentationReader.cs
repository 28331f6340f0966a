using System.Text;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Synthesis.Documentation;

/// <summary>Reads documentation: HTML, Markdown and plain text, a file or all of them in a folder.</summary>
public static class DocumentationReader
{
    private static readonly string[] Extensions = [".html", ".htm", ".md", ".txt"];

    // The same bytes everywhere, and a mistake where they are not text.
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>All pages, files in the order of their paths.</summary>
    /// <param name="path">A file, or a folder that is looked through with the folders in it. A <c>README.md</c> is about the files, and left out.</param>
    /// <exception cref="FileNotFoundException">There is no such file or folder.</exception>
    /// <exception cref="InvalidDataException">The folder holds no page, or a file is not UTF-8.</exception>
    public static IReadOnlyList<Page> Read(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        var isFolder = Directory.Exists(path);
        if (!isFolder && !File.Exists(path)) throw new FileNotFoundException($"The documentation {path} does not exist. Give a file or a folder of {string.Join(", ", Extensions.Select(ending => "*" + ending))}.", path);

        string[] files = isFolder
            ? [.. Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories).Where(IsPage).Order(StringComparer.Ordinal)]
            : [path];
        var pages = files.SelectMany(file => ReadFile(file, isFolder ? Path.GetRelativePath(path, file).Replace('\\', '/') : Path.GetFileName(file))).Select(FillMetadata).ToArray();
        if (pages.Length == 0) throw new InvalidDataException($"{path} holds no page. Put *.html, *.md or *.txt files there.");
        return pages;
    }

    /// <summary>The page of one HTML or Markdown text, or the documents of a plain text.</summary>
    /// <param name="document">Path below the documentation's folder; its ending says what the text is.</param>
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
        Extensions.Contains(Path.GetExtension(file).ToLowerInvariant()) && !Path.GetFileName(file).Equals("README.md", StringComparison.OrdinalIgnoreCase);

    private static IReadOnlyList<Page> ReadFile(string file, string document)
    {
        try
        {
            return Parse(document, Utf8.GetString(File.ReadAllBytes(file)).TrimStart('\uFEFF'));
        }
        catch (DecoderFallbackException error)
        {
            throw new InvalidDataException($"{file} is not UTF-8. Convert it first, for example: iconv -f WINDOWS-1254 -t UTF-8.", error);
        }
    }

    // What markup does not say, the path does: LANGUAGE/MODULE/page.
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
