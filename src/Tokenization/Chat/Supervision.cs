namespace TurkishLlm.Tokenization.Chat;

/// <summary>Which answers of a conversation are learned. Of each of them: its text, its tool call and the end of its turn; never its header.</summary>
public enum Supervision
{
    /// <summary>Every turn of the assistant.</summary>
    All,

    /// <summary>Every turn of the assistant behind the last question: the calls of tools that lead to the answer, and the answer.</summary>
    Completion,

    /// <summary>The last turn of the assistant.</summary>
    Last,
}
