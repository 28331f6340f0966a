using System.Text.Json;
using TurkishLlm.Files;
using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Data.Conversations;

/// <summary>Reads conversations from files of all supported formats. The content of a file decides, not its name.</summary>
public static class ConversationReader
{
    /// <summary>Detects the format of a file from its first valid row.</summary>
    /// <exception cref="FileNotFoundException">The file does not exist.</exception>
    /// <exception cref="InvalidDataException">
    /// The file is empty, or no row has a known format; the message lists the keys of the first.
    /// </exception>
    public static ConversationFormat DetectFormat(string file)
    {
        RefuseMissing(file);
        if (ChatMarkupFile.IsMarkup(file)) return ConversationFormat.ChatMarkup;
        var problems = new List<string>();
        foreach (var row in JsonRows.Read(file, problems.Add))
        {
            if (FindFormat(row) is { } format) return format;
            if (problems.Count == 0) problems.Add(CreateUnknownFormat(row).Message);
        }
        throw new InvalidDataException(
            problems.FirstOrDefault()
                ?? $"{file} contains no row. Remove it, or download it again if the download was interrupted.");
    }

    /// <summary>Reads the rows of a file, in order.</summary>
    /// <param name="file">
    /// JSON lines, one JSON list, an object that holds such a list, or text with markup; UTF-8, or UTF-16 with a byte order mark.
    /// </param>
    /// <param name="inputIsContext">True to treat the input of Alpaca rows as retrieved context.</param>
    /// <param name="onSkipped">
    /// Receives a message for each invalid row, which is then skipped; null to throw at the first.
    /// </param>
    /// <param name="unknownKeys">Counts keys that this program does not know; null to ignore them.</param>
    /// <exception cref="FileNotFoundException">The file does not exist.</exception>
    /// <exception cref="InvalidDataException">
    /// The file has no known format, or a row is invalid; the message gives the line and the reason.
    /// </exception>
    public static IEnumerable<ConversationRow> Read(
        string file, bool inputIsContext = false, Action<string>? onSkipped = null, UnknownKeys? unknownKeys = null)
    {
        var format = DetectFormat(file);
        if (format == ConversationFormat.ChatMarkup && ChatMarkupFile.IsMarkup(file))
            return ChatMarkupFile.Read(file, onSkipped);
        var rows = JsonRows.Read(file, onSkipped, unknownKeys)
            .SelectMany(row => RowSkipper.ReadOne(() => RequireFormat(row, format), onSkipped));
        return format switch
        {
            ConversationFormat.Classification => ClassificationFormat.Read(rows, onSkipped),
            ConversationFormat.Extraction => ExtractionFormat.Read(rows, onSkipped),
            ConversationFormat.Oasst => OasstFormat.Read(rows, onSkipped),
            _ => rows.SelectMany(row => RowSkipper.ReadMany(() => ReadRow(row, format, inputIsContext), onSkipped)),
        };
    }

    /// <summary>Reads the messages of a request, which have the format of OpenAI, as rows of training files are read.</summary>
    /// <param name="messages">The list of messages. A message of the user may have <c>context</c>, a list of texts.</param>
    /// <exception cref="InvalidDataException">A message is invalid; the message gives its position and the reason.</exception>
    public static Conversation ReadMessages(JsonElement messages)
    {
        if (messages.ValueKind != JsonValueKind.Array)
            throw new InvalidDataException($"messages is {JsonRow.Describe(messages)}, but it must be a list of objects.");
        var builder = new ConversationBuilder(new JsonRow(default, "messages", 0));
        foreach (var (i, message) in messages.EnumerateArray().Index())
        {
            var row = new JsonRow(message, FormattableString.Invariant($"messages[{i}]"), 0);
            if (message.ValueKind != JsonValueKind.Object)
                throw row.CreateException($"the message is {JsonRow.Describe(message)}, but it must be an object.");
            MessagesFormat.Add(builder, row);
        }
        return builder.Build().Conversation!;
    }

    /// <summary>Returns the format of a row; null if it matches none.</summary>
    internal static ConversationFormat? FindFormat(JsonRow row)
    {
        if (row.Has("messages")) return ConversationFormat.Messages;
        if (row.Has("conversations")) return ConversationFormat.ShareGpt;
        if (row.Has("input_ids")) return ConversationFormat.Tokens;
        if (OasstFormat.Matches(row)) return ConversationFormat.Oasst;
        if (row.Has("instruction")) return ConversationFormat.Alpaca;
        if (row.Has("prompt") && row.FindName("completion", "response") is not null) return ConversationFormat.Completion;
        if (PairFormat.Matches(row)) return ConversationFormat.Pairs;
        if (ExtractionFormat.Matches(row)) return ConversationFormat.Extraction;
        if (row.Has("text") && row.Has("label")) return ConversationFormat.Classification;
        return ChatMarkupFormat.Matches(row) ? ConversationFormat.ChatMarkup : null;
    }

    private static IEnumerable<ConversationRow> ReadRow(JsonRow row, ConversationFormat format, bool inputIsContext) =>
        format switch
    {
        ConversationFormat.Messages => [MessagesFormat.Read(row)],
        ConversationFormat.Alpaca => [AlpacaFormat.Read(row, inputIsContext)],
        ConversationFormat.ShareGpt => [ShareGptFormat.Read(row)],
        ConversationFormat.Completion => [CompletionFormat.Read(row)],
        ConversationFormat.ChatMarkup => [ChatMarkupFormat.Read(row)],
        ConversationFormat.Tokens => [TokenFormat.Read(row)],
        ConversationFormat.Pairs => PairFormat.Read(row),
        _ => throw new ArgumentOutOfRangeException(nameof(format), format, "There is no reader of this format."),
    };

    // A file with several formats is probably two files concatenated by mistake.
    private static JsonRow RequireFormat(JsonRow row, ConversationFormat format)
    {
        var own = FindFormat(row) ?? throw CreateUnknownFormat(row);
        return own == format ? row : throw row.CreateException(
            $"the row has the format {own}, but the first row has the format {format}. Use a separate file for each format.");
    }

    private static InvalidDataException CreateUnknownFormat(JsonRow row) =>
        Array.Exists(KeyRule.Preference.Names, row.Has)
            ? row.CreateException("the row is a preference pair, not an example. Name the file in preference.files of a plan.")
            : row.CreateException(
                $"the row has the keys {row.KeyNames}, which match no known format. "
                    + "Known: messages; instruction, input, output; conversations; prompt, completion; question, "
                    + "answer; text, label; text, entities; text with <|im_start|> marks; input_ids, labels; "
                    + "message_id, parent_id, role, text.");

    private static void RefuseMissing(string file)
    {
        if (!File.Exists(file))
            throw new FileNotFoundException(
                $"The conversation file {file} does not exist. Give a .jsonl, .json or .txt file.", file);
    }
}
