using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Data.Preference;

/// <summary>A conversation with an answer that was judged by itself: one row, or one side of a preference pair.</summary>
/// <param name="File">The file.</param>
/// <param name="Line">Line number in the file, from 1.</param>
/// <param name="Conversation">The conversation with the answer.</param>
/// <param name="IsDesirable">True if the answer is a good one.</param>
public sealed record LabeledRow(string File, int Line, Conversation Conversation, bool IsDesirable);
