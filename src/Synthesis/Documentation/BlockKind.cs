namespace TurkishLlm.Synthesis.Documentation;

/// <summary>What a stretch of a page is.</summary>
public enum BlockKind
{
    /// <summary>A heading, with <c>#</c> signs for its level.</summary>
    Heading,

    /// <summary>Running text.</summary>
    Paragraph,

    /// <summary>A list, an item a line.</summary>
    List,

    /// <summary>A table, a row a line, cells between bars.</summary>
    Table,

    /// <summary>Program text between fences.</summary>
    Code,
}
