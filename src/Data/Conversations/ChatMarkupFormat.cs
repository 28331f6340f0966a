using System.Text.Json;
using System.Text.RegularExpressions;

namespace TurkishLlm.Data.Conversations;

/// <summary>
/// Conversations as text with ChatML or Llama 3 markup. The markup is parsed here; the text between becomes messages, never
/// control tokens.
/// </summary>
internal static partial class ChatMarkupFormat
{
    public static bool Matches(JsonRow row) =>
        row.Has("text") && row.Element.GetProperty("text") is { ValueKind: JsonValueKind.String } text
        && TurnRegex().IsMatch(text.GetString()!);

    public static ConversationRow Read(JsonRow row)
    {
        KnownKeys.Markup.Check(row);
        return Read(row, row.GetString("text"));
    }

    /// <summary>
    /// Splits a text file into conversations. Each begins with a begin-of-text mark, with a system turn, or after a blank line.
    /// </summary>
    public static IEnumerable<(JsonRow Row, string Text)> Split(string file, string text)
    {
        text = NormalizeLineEnds(text);
        var first = -1;
        foreach (Match turn in TurnRegex().Matches(text))
        {
            var start = turn.Index + turn.Groups["blank"].Length;
            if (first >= 0 && StartsConversation(turn)) yield return (RowAt(first), text[first..start]);
            if (first < 0) RefuseTextBefore(text[..turn.Index]);
            if (first < 0 || StartsConversation(turn)) first = start;
        }
        if (first < 0)
            throw new InvalidDataException($"{file} has no turn that begins with <|im_start|> or <|start_header_id|>.");
        yield return (RowAt(first), text[first..]);

        JsonRow RowAt(int index) => new(default, file, 1 + text.AsSpan(0, index).Count('\n'));

        void RefuseTextBefore(string before)
        {
            if (!string.IsNullOrWhiteSpace(before))
                throw RowAt(0).CreateException($"there is text outside the turns: \"{Shorten(before)}\".");
        }
    }

    private static bool StartsConversation(Match turn) =>
        turn.Groups["begin"].Success
        || RoleName.TryParse(turn.Groups["role"].Value) == "system"
        || turn.Groups["blank"].ValueSpan.Count('\n') >= 2;

    /// <summary>Reads the turns of one conversation.</summary>
    public static ConversationRow Read(JsonRow row, string text)
    {
        text = NormalizeLineEnds(text);
        var builder = new ConversationBuilder(row);
        var end = 0;
        foreach (Match turn in TurnRegex().Matches(text))
        {
            if (!string.IsNullOrWhiteSpace(text[end..turn.Index]))
                throw row.CreateException($"there is text outside the turns: \"{Shorten(text[end..turn.Index])}\".");
            end = turn.Index + turn.Length;
            var content = turn.Groups["content"].Value;
            switch (RoleName.Parse(row, turn.Groups["role"].Value))
            {
                case "system": builder.AddSystem(content); break;
                case "user": builder.AddUser(content); break;
                case "assistant": builder.AddAssistant(content); break;
                case "tool": builder.AddTool(content); break;
                default: builder.AddAssistant("", ToolCallText.Read(row, content)); break;
            }
        }
        var rest = text[end..].Replace("<|end_of_text|>", "", StringComparison.Ordinal);
        if (!string.IsNullOrWhiteSpace(rest))
            throw row.CreateException($"there is text after the last turn, or a turn without an end: \"{Shorten(rest)}\".");
        return builder.Build();
    }

    // Files of Windows.
    private static string NormalizeLineEnds(string text) => text.Replace("\r\n", "\n", StringComparison.Ordinal);

    private static string Shorten(string text) => text.Trim() is { Length: > 40 } long_ ? long_[..40] + "…" : text.Trim();

    [GeneratedRegex(
        @"(?<blank>\s*)(?<begin><\|begin_of_text\|>)?(?:<\|im_start\|>(?<role>\w+)[ \t]*\r?\n(?<content>.*?)<\|im_end\|>|"
            + @"<\|start_header_id\|>(?<role>\w+)<\|end_header_id\|>(?<content>.*?)<\|eot_id\|>)",
        RegexOptions.Singleline | RegexOptions.CultureInvariant)]
    private static partial Regex TurnRegex();
}
