using TurkishLlm.Synthesis.Documentation;

namespace TurkishLlm.Synthesis.Chunks;

/// <summary>A section of documentation, or a part of a long one: what questions are asked about. A line of <c>chunks.jsonl</c>.</summary>
/// <param name="ChunkId">Its name for ever: the page and the anchor of its heading, such as <c>tr/hammadde/siparisler#siparis-acma</c>. Other sections may come and go.</param>
/// <param name="Module">Its module as people call it.</param>
/// <param name="SectionHeading">Heading of the section.</param>
/// <param name="Breadcrumb">The way to it, <c>A &gt; B &gt; C</c>.</param>
/// <param name="Language"><c>tr</c> or <c>en</c>.</param>
/// <param name="TokenCount">Tokens of <paramref name="Text"/>.</param>
/// <param name="HasTable">It has a table.</param>
/// <param name="HasCode">It has a block of program text.</param>
/// <param name="ReferencesModules">Other modules that it links to, as people call them.</param>
/// <param name="Text">What it says, in Markdown.</param>
public sealed record Chunk(
    string ChunkId, string Module, string SectionHeading, string Breadcrumb, string Language, int TokenCount, bool HasTable, bool HasCode,
    IReadOnlyList<string> ReferencesModules, string Text)
{
    /// <summary>The page, a path below the documentation's folder.</summary>
    public required string Document { get; init; }

    /// <summary>Short name of the module.</summary>
    public required string ModuleKey { get; init; }

    /// <summary>The page that heads its part of the module.</summary>
    public required string Submodule { get; init; }

    /// <summary>How deep its page goes.</summary>
    public required PageLevel Level { get; init; }

    /// <summary>The page heads its part of the module.</summary>
    public bool IsHead { get; init; }

    /// <summary>Level of its heading, 1 … 6.</summary>
    public int Depth { get; init; }

    /// <summary>The chunk whose heading it stands under; empty where there is none.</summary>
    public string Parent { get; init; } = "";

    /// <summary>First character of the page's text that is its own.</summary>
    public int Offset { get; init; }

    /// <summary>Characters of the page's text that are its own. Every character of a page is one chunk's own.</summary>
    public int Length { get; init; }

    /// <summary>Characters at the beginning of <see cref="Text"/> that repeat what stands before: the headings of the section and of a table that was cut.</summary>
    public int Overlap { get; init; }

    /// <summary>Pages and sections of this documentation that it links to: <c>document</c> or <c>document#anchor</c>.</summary>
    public IReadOnlyList<string> Links { get; init; } = [];

    /// <summary>Database tables that it names.</summary>
    public IReadOnlyList<string> Tables { get; init; } = [];

    /// <summary>The page before its own in a process; empty where there is none.</summary>
    public string PreviousDocument { get; init; } = "";

    /// <summary>The page after its own in a process; empty where there is none.</summary>
    public string NextDocument { get; init; } = "";
}
