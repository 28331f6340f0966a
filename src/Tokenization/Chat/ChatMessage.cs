namespace TurkishLlm.Tokenization.Chat;

/// <summary>One turn of a conversation. Its texts are in normal form C and have no blanks or line ends around them.</summary>
/// <remarks>
/// This is where the texts of a conversation enter the system, in training and in use alike, so a space too many in one of
/// them cannot make the two differ. Retrieved context is a part of its own: it is never learned, and may be shortened.
/// </remarks>
public sealed record ChatMessage
{
    private ChatMessage(ChatRole role, string text, IReadOnlyList<string> context, string? toolCall)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(context);
        (Role, Text, Context, ToolCall) = (role, Normalize(text), [.. context.Select(Normalize)], toolCall is null ? null : Normalize(toolCall));
        if (Text.Length == 0 && ToolCall is null && role != ChatRole.Tool) throw new ArgumentException($"The {GetRoleName(role)} message has no text.", nameof(text));
        if (ToolCall is { Length: 0 }) throw new ArgumentException("The tool call is empty.", nameof(toolCall));
        if (Context.Contains("")) throw new ArgumentException("A context of the user message has no text.", nameof(context));
    }

    /// <summary>Who speaks.</summary>
    public ChatRole Role { get; }

    /// <summary>What is said. Empty only beside a tool call, or where a tool answered nothing.</summary>
    public string Text { get; }

    /// <summary>Retrieved texts that the user's question is to be answered from; of user messages only.</summary>
    public IReadOnlyList<string> Context { get; }

    /// <summary>What the model asks a tool for, after <see cref="Text"/>; of assistant messages only. It ends the turn.</summary>
    public string? ToolCall { get; }

    /// <summary>Sets the task.</summary>
    /// <exception cref="ArgumentException">There is no text.</exception>
    public static ChatMessage System(string text) => new(ChatRole.System, text, [], null);

    /// <summary>Asks.</summary>
    /// <param name="text">The question.</param>
    /// <param name="context">Texts to answer it from, in the order in which the model reads them.</param>
    /// <exception cref="ArgumentException">The question or a context is empty.</exception>
    public static ChatMessage User(string text, params IReadOnlyList<string> context) => new(ChatRole.User, text, context, null);

    /// <summary>Answers, or calls a tool.</summary>
    /// <param name="text">The answer; may be empty before a call.</param>
    /// <param name="toolCall">What is asked of a tool; null for nothing.</param>
    /// <exception cref="ArgumentException">There is neither text nor call.</exception>
    public static ChatMessage Assistant(string text, string? toolCall = null) => new(ChatRole.Assistant, text, [], toolCall);

    /// <summary>Gives back what a tool answered.</summary>
    public static ChatMessage Tool(string text) => new(ChatRole.Tool, text, [], null);

    /// <summary>The role as the template and most file formats write it.</summary>
    public static string GetRoleName(ChatRole role) => role switch
    {
        ChatRole.System => "system",
        ChatRole.User => "user",
        ChatRole.Assistant => "assistant",
        _ => "tool",
    };

    /// <inheritdoc/>
    public bool Equals(ChatMessage? other) =>
        other is not null && Role == other.Role && Text == other.Text && ToolCall == other.ToolCall && Context.SequenceEqual(other.Context, StringComparer.Ordinal);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Role, Text, ToolCall, Context.Count);

    private static string Normalize(string text) => TextNormalizer.ToNfc(text).Trim(' ', '\t', '\r', '\n');
}
