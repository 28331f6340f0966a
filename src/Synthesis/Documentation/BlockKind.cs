namespace TurkishLlm.Synthesis.Documentation;

/// <summary>The kind of a block of a page.</summary>
public enum BlockKind
{
    /// <summary>A heading, with one <c>#</c> per level.</summary>
    Heading,

    /// <summary>Running text.</summary>
    Paragraph,

    /// <summary>A list, one item per line.</summary>
    List,

    /// <summary>A table, one row per line, with cells between bars.</summary>
    Table,

    /// <summary>Program code between fences.</summary>
    Code,
}
