namespace TurkishLlm.Tokenization.Chat;

/// <summary>Who speaks in a conversation.</summary>
public enum ChatRole
{
    /// <summary>Whoever sets the task, once, before anybody speaks.</summary>
    System,

    /// <summary>Whoever asks.</summary>
    User,

    /// <summary>The model: the only one whose words are learned.</summary>
    Assistant,

    /// <summary>What a tool answered to a call of the model.</summary>
    Tool,
}
