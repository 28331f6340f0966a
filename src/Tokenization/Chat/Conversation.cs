namespace TurkishLlm.Tokenization.Chat;

/// <summary>
/// What was said, in order: the task perhaps, then question and answer by turns. Every conversation of this type is
/// well-formed, so nothing that renders, masks or measures one checks it again.
/// </summary>
public sealed class Conversation
{
    /// <param name="messages">The turns.</param>
    /// <exception cref="ArgumentException">A turn cannot stand where it stands; says which.</exception>
    public Conversation(params IReadOnlyList<ChatMessage> messages)
    {
        ArgumentNullException.ThrowIfNull(messages);
        Messages = [.. messages];
        if (Messages.Count == 0) throw new ArgumentException("The conversation has no message.", nameof(messages));
        for (var i = 0; i < Messages.Count; i++)
            if (FindProblem(i) is { } reason) throw new ArgumentException($"Message {i + 1} of the conversation is {ChatMessage.GetRoleName(Messages[i].Role)}, but {reason}.", nameof(messages));
    }

    /// <summary>The turns.</summary>
    public IReadOnlyList<ChatMessage> Messages { get; }

    /// <summary>True where the model is to speak next: the last turn is a question, or the answer of a tool.</summary>
    public bool AwaitsAnswer => Messages[^1].Role is ChatRole.User or ChatRole.Tool;

    /// <summary>The conversation with one more turn.</summary>
    /// <exception cref="ArgumentException">The turn cannot follow.</exception>
    public Conversation Append(ChatMessage message) => new([.. Messages, message]);

    private string? FindProblem(int index) => (Messages[index].Role, index == 0 ? null : Messages[index - 1]) switch
    {
        (ChatRole.System, null) or (ChatRole.User, null or { Role: ChatRole.System }) => null,
        (ChatRole.System, _) => "the system speaks first or not at all",
        (ChatRole.User, { Role: ChatRole.Assistant, ToolCall: null }) => null,
        (ChatRole.Assistant, { Role: ChatRole.User or ChatRole.Tool }) => null,
        (ChatRole.Tool, { Role: ChatRole.Tool } or { Role: ChatRole.Assistant, ToolCall: not null }) => null,
        (ChatRole.Tool, _) => "a tool answers only to a call of the assistant",
        (_, { ToolCall: not null }) => "the tool that was called has not answered",
        (_, null or { Role: ChatRole.System }) => "the user speaks first",
        var (role, before) => $"{ChatMessage.GetRoleName(before!.Role)} stands before it; user and assistant speak by turns",
    };
}
