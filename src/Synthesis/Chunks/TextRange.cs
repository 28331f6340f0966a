namespace TurkishLlm.Synthesis.Chunks;

/// <summary>A stretch of a page's text that is not cut further.</summary>
/// <param name="Start">First character.</param>
/// <param name="Length">Characters.</param>
/// <param name="Lead">What a chunk that begins with it repeats first, such as the head of its table; empty for most.</param>
internal readonly record struct TextRange(int Start, int Length, string Lead);
