using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Data.Conversations;

/// <summary>
/// Collects the messages of a row. An empty system message or context is ignored. An empty answer at the end counts as missing:
/// the row has nothing to learn, and the caller must count it.
/// </summary>
internal sealed class ConversationBuilder(JsonRow row)
{
    private readonly List<ChatMessage> _messages = [];
    private bool _ended;

    public void AddSystem(string? text)
    {
        if (!IsBlank(text)) Add(() => ChatMessage.System(text));
    }

    public void AddUser(string text, params IReadOnlyList<string> context) =>
        Add(() => ChatMessage.User(IsBlank(text) ? "" : text, [.. context.Where(c => !IsBlank(c))]));

    public void AddAssistant(string? text, string? toolCall = null, bool isLearned = true)
    {
        if (IsBlank(text) && toolCall is null) _ended = true;
        else Add(() => ChatMessage.Assistant(text ?? "", toolCall, isLearned));
    }

    public void AddTool(string? text) => Add(() => ChatMessage.Tool(text ?? ""));

    /// <exception cref="InvalidDataException">The order of the messages is invalid.</exception>
    public ConversationRow Build(string? label = null)
    {
        try
        {
            return new(row.File, row.Line)
            {
                Ordinal = row.Ordinal,
                Conversation = new Conversation(_messages),
                Label = label,
                Choices = row.GetTexts("choices"),
                Answers = row.GetTexts("answers"),
                Fields = RowFields.Read(row),
            };
        }
        catch (ArgumentException error)
        {
            throw CreateException(error);
        }
    }

    // Also true for zero-width characters: an answer of them shows nothing.
    private static bool IsBlank([NotNullWhen(false)] string? text) =>
        text is null
        || text.All(letter =>
            char.IsWhiteSpace(letter) || char.GetUnicodeCategory(letter) is UnicodeCategory.Format or UnicodeCategory.Control);

    private void Add(Func<ChatMessage> make)
    {
        if (_ended)
            throw row.CreateException(
                FormattableString.Invariant(
                    $"message {_messages.Count + 1} is an empty answer, but only the last message may be empty."));
        try
        {
            _messages.Add(make());
        }
        catch (ArgumentException error)
        {
            throw CreateException(error);
        }
    }

    private InvalidDataException CreateException(ArgumentException error) =>
        row.CreateException(error.Message.Split(" (Parameter", 2)[0], error);
}
