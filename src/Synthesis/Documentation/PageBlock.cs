namespace TurkishLlm.Synthesis.Documentation;

/// <summary>A stretch of a page's text. The blocks of a page cover its text without gap or overlap.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Start">First character.</param>
/// <param name="Length">Characters, the blank line after it included.</param>
/// <param name="Level">1 … 6 for a heading, else 0.</param>
/// <param name="Anchor">What links to a heading call it; empty for other blocks.</param>
/// <param name="Links">Where its links lead, as written.</param>
public sealed record PageBlock(BlockKind Kind, int Start, int Length, int Level, string Anchor, IReadOnlyList<string> Links);
