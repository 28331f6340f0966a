using TurkishLlm.Tokenization;

namespace TurkishLlm.Synthesis.Documentation;

/// <summary>Reads documentation in HTML, Markdown and plain text, from a file or a folder.</summary>
public static class DocumentationReader
{
    private static readonly string[] Extensions = [".html", ".htm", ".md", ".txt"];

    /// <summary>Reads all pages, ordered by path.</summary>
    /// <param name="path">
    /// A file, or a folder that is searched recursively. Hidden files, files named <c>README.md</c>, which describe the folder,
    /// and files that generators make for navigation are skipped.
    /// </param>
    /// <exception cref="FileNotFoundException">The file or folder does not exist.</exception>
    /// <exception cref="InvalidDataException">The folder contains no page, or a file is not valid UTF-8.</exception>
    public static IReadOnlyList<Page> Read(string path) => ReadContent(path).Pages;

    /// <summary>Reads all pages, and lists the files that were skipped.</summary>
    /// <inheritdoc cref="Read"/>
    public static DocumentationContent ReadContent(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        var isFolder = Directory.Exists(path);
        if (!isFolder && !File.Exists(path))
            throw new FileNotFoundException(
                $"The documentation {path} does not exist. Give a file or a folder of "
                    + $"{string.Join(", ", Extensions.Select(ending => "*" + ending))}.",
                path);

        var (documents, skipped) = isFolder ? DocumentationFolder.List(path, Extensions) : ([Path.GetFileName(path)], []);
        List<Page> pages = [];
        var fileCount = 0;
        foreach (var document in documents)
        {
            var read = ReadFile(isFolder ? Path.Combine(path, document) : path, document);
            if (read.Count == 0) skipped.Add((document, SkipReason.Empty));
            else fileCount++;
            pages.AddRange(read.Select(FillMetadata));
        }
        return pages.Count > 0
            ? new(pages, fileCount, skipped)
            : throw new InvalidDataException($"{path} contains no page. Add *.html, *.md or *.txt files.");
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

    private static IReadOnlyList<Page> ReadFile(string file, string document)
    {
        var text = PageFile.Read(file);
        try
        {
            return Parse(document, text);
        }
        catch (InvalidDataException error) when (!error.Message.StartsWith(file, StringComparison.Ordinal))
        {
            throw new InvalidDataException(
                error.Message.StartsWith(document, StringComparison.Ordinal)
                    ? file + error.Message[document.Length..]
                    : $"{file}: {error.Message}",
                error);
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
            Module = page.Module.Length > 0 ? ReadableText.Create(page.Module) : inner.Length > 0 ? inner[0] : "",
            Submodule = page.Submodule.Length > 0 ? page.Submodule : Path.GetFileName(page.Name),
        };
    }
}
