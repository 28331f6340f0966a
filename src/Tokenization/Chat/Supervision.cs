namespace TurkishLlm.Tokenization.Chat;

/// <summary>
/// Selects the answers of a conversation that are learned. Of each, the text, the tool call and the end of the turn are learned,
/// never the header.
/// </summary>
public enum Supervision
{
    /// <summary>All assistant messages.</summary>
    All,

    /// <summary>All assistant messages after the last question: tool calls that lead to the answer, and the answer.</summary>
    Completion,

    /// <summary>The last assistant message.</summary>
    Last,
}
