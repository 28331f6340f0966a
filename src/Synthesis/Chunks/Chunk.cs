using TurkishLlm.Synthesis.Documentation;

namespace TurkishLlm.Synthesis.Chunks;

/// <summary>
/// A section of documentation, or a part of a long section: the unit that questions are about. One line of <c>chunks.jsonl</c>.
/// </summary>
/// <param name="ChunkId">
/// Permanent id: the page and the anchor of its heading, such as <c>tr/hammadde/siparisler#siparis-acma</c>. It does not depend
/// on other sections.
/// </param>
/// <param name="Module">Display name of its module.</param>
/// <param name="SectionHeading">Heading of the section.</param>
/// <param name="Breadcrumb">Path of headings, <c>A &gt; B &gt; C</c>.</param>
/// <param name="Language"><c>tr</c> or <c>en</c>.</param>
/// <param name="TokenCount">Number of tokens of <paramref name="Text"/>.</param>
/// <param name="HasTable">True if it contains a table.</param>
/// <param name="HasCode">True if it contains a code block.</param>
/// <param name="ReferencesModules">Display names of the other modules that it links to.</param>
/// <param name="Text">The content in Markdown.</param>
public sealed record Chunk(
    string ChunkId,
    string Module, string SectionHeading, string Breadcrumb, string Language, int TokenCount, bool HasTable, bool HasCode,
    IReadOnlyList<string> ReferencesModules, string Text)
{
    /// <summary>The page, as a path relative to the documentation folder.</summary>
    public required string Document { get; init; }

    /// <summary>Short name of the module.</summary>
    public required string ModuleKey { get; init; }

    /// <summary>The head page of its submodule.</summary>
    public required string Submodule { get; init; }

    /// <summary>The level of detail of its page.</summary>
    public required PageLevel Level { get; init; }

    /// <summary>True if the page is the head page of its submodule.</summary>
    public bool IsHead { get; init; }

    /// <summary>Level of its heading, 1 … 6.</summary>
    public int Depth { get; init; }

    /// <summary>Id of the chunk of the parent heading, or an empty string.</summary>
    public string Parent { get; init; } = "";

    /// <summary>Index of its first own character in the text of the page.</summary>
    public int Offset { get; init; }

    /// <summary>
    /// Number of its own characters in the text of the page. Every character of a page belongs to exactly one chunk.
    /// </summary>
    public int Length { get; init; }

    /// <summary>
    /// Number of characters at the beginning of <see cref="Text"/> that repeat preceding text: the headings of the section and
    /// the header of a split table.
    /// </summary>
    public int Overlap { get; init; }

    /// <summary>Links to pages and sections of the same documentation: <c>document</c> or <c>document#anchor</c>.</summary>
    public IReadOnlyList<string> Links { get; init; } = [];

    /// <summary>Names of the database tables that it mentions.</summary>
    public IReadOnlyList<string> Tables { get; init; } = [];

    /// <summary>The previous page of a process, or an empty string.</summary>
    public string PreviousDocument { get; init; } = "";

    /// <summary>The next page of a process, or an empty string.</summary>
    public string NextDocument { get; init; } = "";
}
