using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Evaluation.Tasks;

/// <summary>A question with its reference answer.</summary>
/// <param name="Location">File and line of the row.</param>
/// <param name="TaskType">The type of the task.</param>
/// <param name="Prompt">The conversation up to and including the question.</param>
/// <param name="Reference">The reference answer.</param>
public sealed record GoldRow(string Location, TaskType TaskType, Conversation Prompt, ChatMessage Reference)
{
    /// <summary>Other correct answers.</summary>
    public IReadOnlyList<string> Alternatives { get; init; } = [];

    /// <summary>The choices, including <see cref="Reference"/>; empty for free answers.</summary>
    public IReadOnlyList<string> Choices { get; init; } = [];

    /// <summary>
    /// Short values of the row beside its texts, such as its domain or difficulty, and its file and task type: what results can
    /// be sliced by.
    /// </summary>
    public IReadOnlyDictionary<string, string> Fields { get; init; } = new Dictionary<string, string>();

    /// <summary>All correct answers.</summary>
    public IEnumerable<string> References => [Reference.Text, .. Alternatives];

    /// <summary>Name of the file of the row.</summary>
    public string File => Fields.GetValueOrDefault(GoldFields.File, "");

    /// <summary>The question.</summary>
    public string Question => Prompt.Messages[^1].Text;

    /// <summary>The context of the question.</summary>
    public IEnumerable<string> Context => Prompt.Messages.SelectMany(message => message.Context);

    /// <summary>True if the model chooses an answer instead of writing one.</summary>
    public bool IsChoice => Choices.Count > 0;
}
