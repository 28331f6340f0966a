namespace TurkishLlm.Synthesis.Documentation;

/// <summary>A page of documentation as text, with what its markup says about it.</summary>
/// <param name="Document">Its name: the path below the documentation's folder, with <c>/</c>.</param>
/// <param name="Title">Its main heading.</param>
/// <param name="Text">Its text in Markdown, NFC, lines ended by <c>\n</c>.</param>
/// <param name="Blocks">What the text consists of, in order.</param>
public sealed record Page(string Document, string Title, string Text, IReadOnlyList<PageBlock> Blocks)
{
    /// <summary><c>tr</c> or <c>en</c>.</summary>
    public string Language { get; init; } = "tr";

    /// <summary>Short name of its module.</summary>
    public string Module { get; init; } = "";

    /// <summary>The page that heads its part of the module; a page without a parent names itself.</summary>
    public string Submodule { get; init; } = "";

    /// <summary>How deep it goes.</summary>
    public PageLevel Level { get; init; } = PageLevel.Detail;

    /// <summary>The way to it, from the whole to the page.</summary>
    public IReadOnlyList<string> Breadcrumb { get; init; } = [];

    /// <summary>The page before it in a process, as a link; empty where there is none.</summary>
    public string Previous { get; init; } = "";

    /// <summary>The page after it in a process, as a link; empty where there is none.</summary>
    public string Next { get; init; } = "";

    /// <summary>Its name without the file's ending.</summary>
    public string Name => Path.ChangeExtension(Document, null);

    /// <summary>The page heads its part of the module.</summary>
    public bool IsHead => Path.GetFileName(Name) == Submodule;
}
