using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Data.Preference;

/// <summary>One row of a file of preference pairs: the conversation with each of the two answers.</summary>
/// <param name="File">The file.</param>
/// <param name="Line">Line number in the file, from 1.</param>
/// <param name="Chosen">The conversation with the chosen answer.</param>
/// <param name="Rejected">The conversation with the rejected answer.</param>
public sealed record PreferenceRow(string File, int Line, Conversation Chosen, Conversation Rejected);
