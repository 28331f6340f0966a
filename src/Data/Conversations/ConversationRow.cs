using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Data.Conversations;

/// <summary>One row of a file: a conversation, or tokens that another program rendered from one.</summary>
/// <param name="File">The file.</param>
/// <param name="Line">Line number in the file, from 1.</param>
public sealed record ConversationRow(string File, int Line)
{
    /// <summary>
    /// Number of the object of the file, from 0, that the row was read from. Several rows can come from one object.
    /// </summary>
    public int Ordinal { get; init; }

    /// <summary>The conversation; null if the file contains tokens.</summary>
    public Conversation? Conversation { get; init; }

    /// <summary>Tokens with a loss mask; null if the file contains conversations.</summary>
    public TokenizedExample? Tokens { get; init; }

    /// <summary>The label that the answer names; null for tasks other than classification.</summary>
    public string? Label { get; init; }

    /// <summary>Texts to choose the answer from (key <c>choices</c>); empty if the answer is free.</summary>
    public IReadOnlyList<string> Choices { get; init; } = [];

    /// <summary>Other correct answers (key <c>answers</c>).</summary>
    public IReadOnlyList<string> Answers { get; init; } = [];

    /// <summary>Short values of the row beside its texts, such as its domain, difficulty or source.</summary>
    public IReadOnlyDictionary<string, string> Fields { get; init; } = new Dictionary<string, string>();

    /// <summary>File and line, for error messages.</summary>
    public string Location => FormattableString.Invariant($"{File}:{Line}");
}
