using TurkishLlm.Tokenization;

namespace TurkishLlm.Data;

/// <summary>
/// Gathers the turns of a row of a file. An empty task or context is none, and an empty answer at the end is a missing one:
/// such a row has nothing to learn, which whoever reads it must count.
/// </summary>
internal sealed class ConversationBuilder(JsonRow row)
{
    private readonly List<ChatMessage> _messages = [];
    private bool _ended;

    public void System(string? text)
    {
        if (!string.IsNullOrWhiteSpace(text)) Add(() => ChatMessage.System(text));
    }

    public void User(string text, params IReadOnlyList<string> context) =>
        Add(() => ChatMessage.User(text, [.. context.Where(c => !string.IsNullOrWhiteSpace(c))]));

    public void Assistant(string? text, string? toolCall = null)
    {
        if (string.IsNullOrWhiteSpace(text) && toolCall is null) _ended = true;
        else Add(() => ChatMessage.Assistant(text ?? "", toolCall));
    }

    public void Tool(string? text) => Add(() => ChatMessage.Tool(text ?? ""));

    /// <exception cref="InvalidDataException">A turn cannot stand where it stands.</exception>
    public ConversationRow Finish(string? label = null)
    {
        try
        {
            return new(row.File, row.Line) { Conversation = new Conversation(_messages), Label = label, Choices = row.OptionalTexts("choices"), Answers = row.OptionalTexts("answers") };
        }
        catch (ArgumentException error)
        {
            throw Wrong(error);
        }
    }

    private void Add(Func<ChatMessage> make)
    {
        if (_ended) throw row.Wrong(FormattableString.Invariant($"message {_messages.Count + 1} is an empty answer, but the conversation goes on behind it."));
        try
        {
            _messages.Add(make());
        }
        catch (ArgumentException error)
        {
            throw Wrong(error);
        }
    }

    private InvalidDataException Wrong(ArgumentException error) => row.Wrong(error.Message.Split(" (Parameter", 2)[0], error);
}
