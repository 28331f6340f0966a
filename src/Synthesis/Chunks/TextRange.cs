namespace TurkishLlm.Synthesis.Chunks;

/// <summary>A range of the text of a page that is not split further.</summary>
/// <param name="Start">Index of the first character.</param>
/// <param name="Length">Number of characters.</param>
/// <param name="Lead">
/// Text that a chunk beginning with this range repeats first, such as the header of its table; usually empty.
/// </param>
internal readonly record struct TextRange(int Start, int Length, string Lead);
