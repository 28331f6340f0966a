namespace TurkishLlm.Synthesis.Documentation;

/// <summary>A page of documentation as text, with metadata.</summary>
/// <param name="Document">Id of the page: its path relative to the documentation folder, with <c>/</c>.</param>
/// <param name="Title">Its main heading.</param>
/// <param name="Text">Its content in Markdown, in form NFC, with lines ended by <c>\n</c>.</param>
/// <param name="Blocks">The blocks of the text, in order.</param>
public sealed record Page(string Document, string Title, string Text, IReadOnlyList<PageBlock> Blocks)
{
    /// <summary><c>tr</c> or <c>en</c>.</summary>
    public string Language { get; init; } = "tr";

    /// <summary>Short name of its module.</summary>
    public string Module { get; init; } = "";

    /// <summary>The head page of its submodule; a page without a parent names itself.</summary>
    public string Submodule { get; init; } = "";

    /// <summary>Its level of detail.</summary>
    public PageLevel Level { get; init; } = PageLevel.Detail;

    /// <summary>The breadcrumb, from the whole documentation to the page.</summary>
    public IReadOnlyList<string> Breadcrumb { get; init; } = [];

    /// <summary>Link to the previous page of a process, or an empty string.</summary>
    public string Previous { get; init; } = "";

    /// <summary>Link to the next page of a process, or an empty string.</summary>
    public string Next { get; init; } = "";

    /// <summary>Its path without the extension.</summary>
    public string Name => Path.ChangeExtension(Document, null);

    /// <summary>True if the page is the head page of its submodule.</summary>
    public bool IsHead => Path.GetFileName(Name) == Submodule;
}
