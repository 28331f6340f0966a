using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Data.Conversations;

/// <summary>One example of a file: a conversation, or tokens that were made of one elsewhere.</summary>
/// <param name="File">The file.</param>
/// <param name="Line">Its line, from 1.</param>
public sealed record ConversationRow(string File, int Line)
{
    /// <summary>The conversation; null where the file holds tokens.</summary>
    public Conversation? Conversation { get; init; }

    /// <summary>Tokens with a mark on those that are learned; null where the file holds conversations.</summary>
    public TokenizedExample? Tokens { get; init; }

    /// <summary>The class that the answer names; null where the task is another one.</summary>
    public string? Label { get; init; }

    /// <summary>Texts that the answer is one of: key <c>choices</c>. Empty where it is free.</summary>
    public IReadOnlyList<string> Choices { get; init; } = [];

    /// <summary>Other texts that would be right too: key <c>answers</c>.</summary>
    public IReadOnlyList<string> Answers { get; init; } = [];

    /// <summary>Where it stands, as errors tell it.</summary>
    public string Location => FormattableString.Invariant($"{File}:{Line}");
}
