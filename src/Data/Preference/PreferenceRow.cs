using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Data.Preference;

/// <summary>One row of a file of pairs: the conversation with either answer.</summary>
/// <param name="File">The file.</param>
/// <param name="Line">Its line, from 1.</param>
/// <param name="Chosen">The conversation with the better answer.</param>
/// <param name="Rejected">The conversation with the other.</param>
public sealed record PreferenceRow(string File, int Line, Conversation Chosen, Conversation Rejected);
