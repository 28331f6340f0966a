using TurkishLlm.Files;


namespace TurkishLlm.Data.Conversations;

/// <summary>Reads conversations from files of all supported formats.</summary>
public static class ConversationReader
{
    /// <summary>Detects the format of a file from its first row.</summary>
    /// <exception cref="FileNotFoundException">The file does not exist.</exception>
    /// <exception cref="InvalidDataException">
    /// The file is empty, or its first row has no known format; the message lists its keys.
    /// </exception>
    public static ConversationFormat DetectFormat(string file)
    {
        RefuseMissing(file);
        if (IsText(file)) return ConversationFormat.ChatMarkup;
        return GetFormat(
            JsonRows.Read(file).Select(row => (JsonRow?)row).FirstOrDefault()
                ?? throw new InvalidDataException(
                    $"{file} contains no row. Remove it, or download it again if the download was interrupted."));
    }

    /// <summary>Reads the rows of a file, in order.</summary>
    /// <param name="file">A <c>.jsonl</c>, <c>.json</c> or <c>.txt</c> file.</param>
    /// <param name="inputIsContext">True to treat the input of Alpaca rows as retrieved context.</param>
    /// <param name="onSkipped">
    /// Receives a message for each invalid row, which is then skipped; null to throw at the first.
    /// </param>
    /// <exception cref="FileNotFoundException">The file does not exist.</exception>
    /// <exception cref="InvalidDataException">
    /// The file has no known format, or a row is invalid; the message gives the line and the reason.
    /// </exception>
    public static IEnumerable<ConversationRow> Read(string file, bool inputIsContext = false, Action<string>? onSkipped = null)
    {
        var format = DetectFormat(file);
        return format switch
        {
            ConversationFormat.ChatMarkup when IsText(file) => ChatMarkupFormat.ReadText(
                file,
                TextFile.ReadAllText(file).ReplaceLineEndings("\n")),
            ConversationFormat.Classification => ClassificationFormat.Read([.. ReadUniform(file, format)]),
            ConversationFormat.Extraction => ExtractionFormat.Read([.. ReadUniform(file, format)]),
            _ => ReadUniform(file, format)
                .SelectMany(row => ReadOrSkip(row, () => ReadRow(row, format, inputIsContext), onSkipped)),
        };
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
        ConversationFormat.Pairs => [.. PairFormat.Read(row)],
        _ => throw new ArgumentOutOfRangeException(nameof(format), format, "There is no reader of this format."),
    };

    private static IEnumerable<ConversationRow> ReadOrSkip(
        JsonRow row, Func<IEnumerable<ConversationRow>> read, Action<string>? onSkipped)
    {
        try
        {
            return read();
        }
        catch (InvalidDataException error) when (onSkipped is not null)
        {
            onSkipped(error.Message);
            return [];
        }
    }

    // A file with several formats is probably two files concatenated by mistake.
    private static IEnumerable<JsonRow> ReadUniform(string file, ConversationFormat format)
    {
        foreach (var row in JsonRows.Read(file))
        {
            if (GetFormat(row) is var own && own != format)
                throw row.CreateException(
                    $"the row has the format {own}, but the first row has the format {format}. Use a separate file "
                        + "for each format.");
            yield return row;
        }
    }

    private static ConversationFormat GetFormat(JsonRow row)
    {
        if (row.Has("messages")) return ConversationFormat.Messages;
        if (row.Has("conversations")) return ConversationFormat.ShareGpt;
        if (row.Has("input_ids")) return ConversationFormat.Tokens;
        if (row.Has("instruction")) return ConversationFormat.Alpaca;
        if (row.Has("prompt") && row.FindName("completion", "response") is not null) return ConversationFormat.Completion;
        if (PairFormat.Matches(row)) return ConversationFormat.Pairs;
        if (ExtractionFormat.Matches(row)) return ConversationFormat.Extraction;
        if (row.Has("text") && row.Has("label")) return ConversationFormat.Classification;
        if (ChatMarkupFormat.Matches(row)) return ConversationFormat.ChatMarkup;
        throw row.CreateException(
                $"the row has the keys {string.Join(", ", row.Element.EnumerateObject().Select(key => key.Name))}, "
                + "which match no known format. "
            + "Known: messages; instruction, input, output; conversations; prompt, completion; question, "
            + "answer; text, label; text, entities; text with <|im_start|> marks; input_ids, labels.");
    }

    private static bool IsText(string file) =>
        file.EndsWith(".txt", StringComparison.OrdinalIgnoreCase) || file.EndsWith(".chatml", StringComparison.OrdinalIgnoreCase);

    private static void RefuseMissing(string file)
    {
        if (!File.Exists(file))
            throw new FileNotFoundException(
                $"The conversation file {file} does not exist. Give a .jsonl, .json or .txt file.", file);
    }
}
