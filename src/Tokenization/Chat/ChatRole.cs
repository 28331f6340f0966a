namespace TurkishLlm.Tokenization.Chat;

/// <summary>The role of a message in a conversation.</summary>
public enum ChatRole
{
    /// <summary>Sets the task; at most once, as the first message.</summary>
    System,

    /// <summary>Asks the questions.</summary>
    User,

    /// <summary>The model. Only its messages are learned.</summary>
    Assistant,

    /// <summary>The output of a tool that the model called.</summary>
    Tool,
}
