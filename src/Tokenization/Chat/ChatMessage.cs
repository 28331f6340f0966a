namespace TurkishLlm.Tokenization.Chat;

/// <summary>One message of a conversation. Its texts are in normalization form C and have no surrounding white space.</summary>
/// <remarks>
/// Texts of conversations are normalized here, both in training and in inference, so a stray space cannot make the two differ.
/// Retrieved context is separate: it is never learned, and may be shortened.
/// </remarks>
public sealed record ChatMessage
{
    private ChatMessage(
        ChatRole role, string text, IReadOnlyList<string> context, string? toolCall, bool isLearned = false)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(context);
        (Role, Text, Context, ToolCall) = (
            role, Normalize(text),
            [.. context.Select(Normalize)],
            toolCall is null ? null : Normalize(toolCall));
        IsLearned = isLearned;
        if (Text.Length == 0 && ToolCall is null && role != ChatRole.Tool)
            throw new ArgumentException($"The {GetRoleName(role)} message has no text.", nameof(text));
        if (ToolCall is { Length: 0 }) throw new ArgumentException("The tool call is empty.", nameof(toolCall));
        if (Context.Contains("")) throw new ArgumentException("A context of the user message has no text.", nameof(context));
    }

    /// <summary>The role of the speaker.</summary>
    public ChatRole Role { get; }

    /// <summary>The text. Empty only together with a tool call, or if a tool returned nothing.</summary>
    public string Text { get; }

    /// <summary>Retrieved texts to answer the question from; user messages only.</summary>
    public IReadOnlyList<string> Context { get; }

    /// <summary>The tool call after <see cref="Text"/>; assistant messages only. It ends the turn.</summary>
    public string? ToolCall { get; }

    /// <summary>True if training may learn the message. False for other roles, and for answers that a file excludes.</summary>
    public bool IsLearned { get; }

    /// <summary>Creates a system message.</summary>
    /// <exception cref="ArgumentException">The text is empty.</exception>
    public static ChatMessage System(string text) => new(ChatRole.System, text, [], null);

    /// <summary>Creates a user message.</summary>
    /// <param name="text">The question.</param>
    /// <param name="context">Texts to answer the question from, in the order in which the model reads them.</param>
    /// <exception cref="ArgumentException">The question or a context is empty.</exception>
    public static ChatMessage User(string text, params IReadOnlyList<string> context) => new(ChatRole.User, text, context, null);

    /// <summary>Creates an assistant message.</summary>
    /// <param name="text">The answer; may be empty before a tool call.</param>
    /// <param name="toolCall">The tool call; null for none.</param>
    /// <param name="isLearned">False for an answer that is only read, such as a wrong one that the user corrects.</param>
    /// <exception cref="ArgumentException">There is neither a text nor a tool call.</exception>
    public static ChatMessage Assistant(string text, string? toolCall = null, bool isLearned = true) =>
        new(ChatRole.Assistant, text, [], toolCall, isLearned);

    /// <summary>Creates a message with the output of a tool.</summary>
    public static ChatMessage Tool(string text) => new(ChatRole.Tool, text, [], null);

    /// <summary>Returns the name of a role as the template and most file formats write it.</summary>
    public static string GetRoleName(ChatRole role) => role switch
    {
        ChatRole.System => "system",
        ChatRole.User => "user",
        ChatRole.Assistant => "assistant",
        _ => "tool",
    };

    /// <inheritdoc/>
    public bool Equals(ChatMessage? other) =>
        other is not null
        && Role == other.Role
        && Text == other.Text
        && ToolCall == other.ToolCall
        && IsLearned == other.IsLearned
        && Context.SequenceEqual(other.Context, StringComparer.Ordinal);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Role, Text, ToolCall, Context.Count);

    private static string Normalize(string text) => TextNormalizer.ToNfc(text).Trim(' ', '\t', '\r', '\n');
}
