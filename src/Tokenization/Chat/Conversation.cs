namespace TurkishLlm.Tokenization.Chat;

/// <summary>
/// The messages of a conversation, in order: an optional system message, then alternating questions and answers. The constructor
/// validates them, so no other code needs to.
/// </summary>
public sealed class Conversation
{
    /// <param name="messages">The messages.</param>
    /// <exception cref="ArgumentException">The order of the messages is invalid; the exception names the message.</exception>
    public Conversation(params IReadOnlyList<ChatMessage> messages)
    {
        ArgumentNullException.ThrowIfNull(messages);
        Messages = [.. messages];
        if (Messages.Count == 0) throw new ArgumentException("The conversation has no message.", nameof(messages));
        for (var i = 0; i < Messages.Count; i++)
            if (FindProblem(i) is { } reason)
                throw new ArgumentException(
                    $"Message {i + 1} of the conversation is {ChatMessage.GetRoleName(Messages[i].Role)}, but {reason}.",
                    nameof(messages));
    }

    /// <summary>The messages.</summary>
    public IReadOnlyList<ChatMessage> Messages { get; }

    /// <summary>True if the model speaks next: the last message is a question or the output of a tool.</summary>
    public bool AwaitsAnswer => Messages[^1].Role is ChatRole.User or ChatRole.Tool;

    /// <summary>Returns the conversation with one more message.</summary>
    /// <exception cref="ArgumentException">The message cannot follow the last one.</exception>
    public Conversation Append(ChatMessage message) => new([.. Messages, message]);

    private string? FindProblem(int index) => (Messages[index].Role, index == 0 ? null : Messages[index - 1]) switch
    {
        (ChatRole.System, null) or (ChatRole.User, null or { Role: ChatRole.System }) => null,
        (ChatRole.System, _) => "only the first message can be a system message",
        (ChatRole.User, { Role: ChatRole.Assistant, ToolCall: null }) => null,
        (ChatRole.Assistant, { Role: ChatRole.User or ChatRole.Tool }) => null,
        (ChatRole.Tool, { Role: ChatRole.Tool } or { Role: ChatRole.Assistant, ToolCall: not null }) => null,
        (ChatRole.Tool, _) => "the output of a tool must follow a tool call of the assistant",
        (_, { ToolCall: not null }) => "the output of the tool call is missing before it",
        (_, null or { Role: ChatRole.System }) => "the first message must be the user's",
        var (role, before) =>
            $"the message before it is {ChatMessage.GetRoleName(before!.Role)}; user and assistant must alternate",
    };
}
