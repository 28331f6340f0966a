using System.Text;

namespace TurkishLlm.Data.Conversations;

/// <summary>Reads the conversations of a file, whichever of the known shapes it has.</summary>
public static class ConversationReader
{
    /// <summary>What the file holds, by its first row.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is empty, or its first row has no known shape; says which keys it has.</exception>
    public static ConversationFormat DetectFormat(string file)
    {
        RefuseMissing(file);
        if (IsText(file)) return ConversationFormat.ChatMarkup;
        return GetFormat(JsonRows.Read(file).Select(row => (JsonRow?)row).FirstOrDefault() ?? throw new InvalidDataException($"{file} holds no row. Remove it, or get it again if a download was cut off."));
    }

    /// <summary>The rows of a file, in order.</summary>
    /// <param name="file">A <c>.jsonl</c>, <c>.json</c> or <c>.txt</c> file.</param>
    /// <param name="inputIsContext">True to take the input of Alpaca rows for retrieved context.</param>
    /// <param name="onSkipped">Is told of rows that cannot be read, which are then left out; null to stop at the first.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file has no known shape, or a row cannot be read; says which line and why.</exception>
    public static IEnumerable<ConversationRow> Read(string file, bool inputIsContext = false, Action<string>? onSkipped = null)
    {
        var format = DetectFormat(file);
        return format switch
        {
            ConversationFormat.ChatMarkup when IsText(file) => ChatMarkupFormat.ReadText(file, File.ReadAllText(file, Encoding.UTF8).ReplaceLineEndings("\n")),
            ConversationFormat.Classification => ClassificationFormat.Read([.. ReadUniform(file, format)]),
            ConversationFormat.Extraction => ExtractionFormat.Read([.. ReadUniform(file, format)]),
            _ => ReadUniform(file, format).SelectMany(row => ReadOrSkip(row, () => ReadRow(row, format, inputIsContext), onSkipped)),
        };
    }

    private static IEnumerable<ConversationRow> ReadRow(JsonRow row, ConversationFormat format, bool inputIsContext) => format switch
    {
        ConversationFormat.Messages => [MessagesFormat.Read(row)],
        ConversationFormat.Alpaca => [AlpacaFormat.Read(row, inputIsContext)],
        ConversationFormat.ShareGpt => [ShareGptFormat.Read(row)],
        ConversationFormat.Completion => [CompletionFormat.Read(row)],
        ConversationFormat.ChatMarkup => [ChatMarkupFormat.Read(row)],
        ConversationFormat.Tokens => [TokenFormat.Read(row)],
        _ => [.. PairFormat.Read(row)],
    };

    private static IEnumerable<ConversationRow> ReadOrSkip(JsonRow row, Func<IEnumerable<ConversationRow>> read, Action<string>? onSkipped)
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

    // A file of mixed shapes is two files by mistake.
    private static IEnumerable<JsonRow> ReadUniform(string file, ConversationFormat format)
    {
        foreach (var row in JsonRows.Read(file))
        {
            if (GetFormat(row) is var own && own != format) throw row.CreateException($"the row has the shape {own}, but the file began with {format}. Put them into files of their own.");
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
            $"the row has the keys {string.Join(", ", row.Element.EnumerateObject().Select(key => key.Name))}, which is no known shape of conversations. "
            + "Known: messages; instruction, input, output; conversations; prompt, completion; question, answer; text, label; text, entities; text with <|im_start|> marks; input_ids, labels.");
    }

    private static bool IsText(string file) => file.EndsWith(".txt", StringComparison.OrdinalIgnoreCase) || file.EndsWith(".chatml", StringComparison.OrdinalIgnoreCase);

    private static void RefuseMissing(string file)
    {
        if (!File.Exists(file)) throw new FileNotFoundException($"There is no file {file} with conversations. Give a .jsonl, .json or .txt file.", file);
    }
}
