using System.Text;

namespace TurkishLlm.Data;

/// <summary>Reads the conversations of a file, whichever of the known shapes it has.</summary>
public static class ConversationReader
{
    /// <summary>What the file holds, by its first row.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is empty, or its first row has no known shape; says which keys it has.</exception>
    public static ConversationFormat Recognise(string file)
    {
        RefuseMissing(file);
        if (IsText(file)) return ConversationFormat.MarkedText;
        return Of(JsonRows.Read(file).Select(row => (JsonRow?)row).FirstOrDefault() ?? throw new InvalidDataException($"{file} holds no row. Remove it, or get it again if a download was cut off."));
    }

    /// <summary>The rows of a file, in order.</summary>
    /// <param name="file">A <c>.jsonl</c>, <c>.json</c> or <c>.txt</c> file.</param>
    /// <param name="inputIsContext">True to take the input of Alpaca rows for retrieved context.</param>
    /// <param name="skip">Is told of rows that cannot be read, which are then left out; null to stop at the first.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file has no known shape, or a row cannot be read; says which line and why.</exception>
    public static IEnumerable<ConversationRow> Read(string file, bool inputIsContext = false, Action<string>? skip = null)
    {
        var format = Recognise(file);
        return format switch
        {
            ConversationFormat.MarkedText when IsText(file) => MarkedTextFormat.ReadText(file, File.ReadAllText(file, Encoding.UTF8).ReplaceLineEndings("\n")),
            ConversationFormat.Classification => ClassificationFormat.Read([.. Same(file, format)]),
            ConversationFormat.Extraction => ExtractionFormat.Read([.. Same(file, format)]),
            _ => Same(file, format).SelectMany(row => Guarded(row, () => ReadRow(row, format, inputIsContext), skip)),
        };
    }

    private static IEnumerable<ConversationRow> ReadRow(JsonRow row, ConversationFormat format, bool inputIsContext) => format switch
    {
        ConversationFormat.Messages => [MessagesFormat.Read(row)],
        ConversationFormat.Alpaca => [AlpacaFormat.Read(row, inputIsContext)],
        ConversationFormat.ShareGpt => [ShareGptFormat.Read(row)],
        ConversationFormat.Completion => [CompletionFormat.Read(row)],
        ConversationFormat.MarkedText => [MarkedTextFormat.Read(row)],
        ConversationFormat.Tokens => [TokenFormat.Read(row)],
        _ => [.. PairFormat.Read(row)],
    };

    private static IEnumerable<ConversationRow> Guarded(JsonRow row, Func<IEnumerable<ConversationRow>> read, Action<string>? skip)
    {
        try
        {
            return read();
        }
        catch (InvalidDataException error) when (skip is not null)
        {
            skip(error.Message);
            return [];
        }
    }

    // A file of mixed shapes is two files by mistake.
    private static IEnumerable<JsonRow> Same(string file, ConversationFormat format)
    {
        foreach (var row in JsonRows.Read(file))
        {
            if (Of(row) is var own && own != format) throw row.Wrong($"the row has the shape {own}, but the file began with {format}. Put them into files of their own.");
            yield return row;
        }
    }

    private static ConversationFormat Of(JsonRow row)
    {
        if (row.Has("messages")) return ConversationFormat.Messages;
        if (row.Has("conversations")) return ConversationFormat.ShareGpt;
        if (row.Has("input_ids")) return ConversationFormat.Tokens;
        if (row.Has("instruction")) return ConversationFormat.Alpaca;
        if (row.Has("prompt") && row.NameAmong("completion", "response") is not null) return ConversationFormat.Completion;
        if (PairFormat.Fits(row)) return ConversationFormat.Pairs;
        if (ExtractionFormat.Fits(row)) return ConversationFormat.Extraction;
        if (row.Has("text") && row.Has("label")) return ConversationFormat.Classification;
        if (MarkedTextFormat.Fits(row)) return ConversationFormat.MarkedText;
        throw row.Wrong(
            $"the row has the keys {string.Join(", ", row.Element.EnumerateObject().Select(key => key.Name))}, which is no known shape of conversations. "
            + "Known: messages; instruction, input, output; conversations; prompt, completion; question, answer; text, label; text, entities; text with <|im_start|> marks; input_ids, labels.");
    }

    private static bool IsText(string file) => file.EndsWith(".txt", StringComparison.OrdinalIgnoreCase) || file.EndsWith(".chatml", StringComparison.OrdinalIgnoreCase);

    private static void RefuseMissing(string file)
    {
        if (!File.Exists(file)) throw new FileNotFoundException($"There is no file {file} with conversations. Give a .jsonl, .json or .txt file.", file);
    }
}
