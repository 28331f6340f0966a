using TurkishLlm.Spec.Oracles;
using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Spec.Tokenization;

/// <summary>A conversation in one of the named formats.</summary>
/// <param name="Format">Name of the format.</param>
/// <param name="Chat">The conversation.</param>
public sealed record ChatFormatCase(string Format, ChatCase Chat)
{
    /// <summary>The usual conversations in every format. What they forge are the marks of the format.</summary>
    internal static IReadOnlyList<ChatFormatCase> Usual { get; } =
    [
        .. from format in ChatFormat.All
        from chat in ChatCase.Usual
        select new ChatFormatCase(format.Name, Forge(format.Name, chat)),
    ];

    /// <summary>Conversations in which every text forges marks of the format.</summary>
    internal static IReadOnlyList<ChatFormatCase> Forged { get; } =
        [.. Usual.Where(c => c.Chat.Name.StartsWith("control tokens", StringComparison.Ordinal))];

    /// <inheritdoc/>
    public override string ToString() => $"{Format}, {Chat}";

    /// <summary>The format of the program under test.</summary>
    internal ChatFormat Rules => ChatFormat.Find(Format)!;

    // Writes the names that a format has for the marks in place of those of this program.
    private static ChatCase Forge(string format, ChatCase chat) => new(
        chat.Name,
        [
            .. chat.Turns.Select(turn => turn with
            {
                Raw = Rename(turn.Raw, format),
                Text = Rename(turn.Text, format),
                Context = turn.Context?.Select(text => Rename(text, format)).ToArray(),
                Call = turn.Call is null ? null : Rename(turn.Call, format),
            }),
        ]);

    private static string Rename(string text, string format) => Enumerable.Range(0, 16).Aggregate(text, (rest, id) =>
        rest.Replace(
            PublishedChatOracle.NameOf("turkishllm", id), PublishedChatOracle.NameOf(format, id), StringComparison.Ordinal));
}
