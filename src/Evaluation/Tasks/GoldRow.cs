using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Evaluation.Tasks;

/// <summary>A question with what is right.</summary>
/// <param name="Location">File and line it was read from.</param>
/// <param name="TaskType">What it asks for.</param>
/// <param name="Prompt">The conversation up to the question.</param>
/// <param name="Reference">The answer of the file.</param>
public sealed record GoldRow(string Location, TaskType TaskType, Conversation Prompt, ChatMessage Reference)
{
    /// <summary>Other answers that are right too.</summary>
    public IReadOnlyList<string> Alternatives { get; init; } = [];

    /// <summary>Texts that the answer is one of, <see cref="Reference"/> among them; empty where it is free.</summary>
    public IReadOnlyList<string> Choices { get; init; } = [];

    /// <summary>Every right answer.</summary>
    public IEnumerable<string> References => [Reference.Text, .. Alternatives];

    /// <summary>The question.</summary>
    public string Question => Prompt.Messages[^1].Text;

    /// <summary>Everything that the answer may be taken from.</summary>
    public IEnumerable<string> Context => Prompt.Messages.SelectMany(message => message.Context);

    /// <summary>True where the model is to choose and need not write.</summary>
    public bool IsChoice => Choices.Count > 0;
}
