namespace TurkishLlm.Synthesis.Documentation;

/// <summary>A block of the text of a page. The blocks of a page cover its text without gap or overlap.</summary>
/// <param name="Kind">The kind of the block.</param>
/// <param name="Start">Index of the first character.</param>
/// <param name="Length">Number of characters, including the blank line after it.</param>
/// <param name="Level">1 … 6 for a heading, otherwise 0.</param>
/// <param name="Anchor">The anchor of a heading; empty for other blocks.</param>
/// <param name="Links">The targets of its links, as written.</param>
public sealed record PageBlock(BlockKind Kind, int Start, int Length, int Level, string Anchor, IReadOnlyList<string> Links);
