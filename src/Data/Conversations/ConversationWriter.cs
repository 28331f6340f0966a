using System.Text.Encodings.Web;
using System.Text.Json;
using TurkishLlm.Files;
using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Data.Conversations;

/// <summary>Writes conversations as JSON lines in formats of other tools.</summary>
public static class ConversationWriter
{
    private static readonly JsonWriterOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The formats that can be written.</summary>
    public static IReadOnlyList<ConversationFormat> Formats { get; } =
        [
            ConversationFormat.Messages, ConversationFormat.Alpaca, ConversationFormat.ShareGpt, ConversationFormat.Completion,
            ConversationFormat.Pairs, ConversationFormat.ChatMarkup, ConversationFormat.Tokens,
        ];

    /// <summary>Writes a file atomically.</summary>
    /// <param name="file">The output file; replaced if it exists.</param>
    /// <param name="rows">The rows to write.</param>
    /// <param name="format">The format.</param>
    /// <param name="template">Renders conversations to tokens; required for <see cref="ConversationFormat.Tokens"/> only.</param>
    /// <returns>Number of rows written.</returns>
    /// <exception cref="InvalidDataException">
    /// The format cannot represent a row; the message gives the row and the reason.
    /// </exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static long Write(
        string file, IEnumerable<ConversationRow> rows, ConversationFormat format,
        ChatTemplate? template = null)
    {
        ArgumentNullException.ThrowIfNull(rows);
        var count = 0L;
        AtomicFile.Write(file, stream =>
        {
            foreach (var row in rows)
            {
                using (var json = new Utf8JsonWriter(stream, Compact)) Write(json, row, format, template);
                stream.WriteByte((byte)'\n');
                count++;
            }
        });
        return count;
    }

    /// <summary>Appends a conversation to a file of the format <see cref="ConversationFormat.Messages"/>.</summary>
    /// <param name="file">The file; created if missing.</param>
    /// <param name="conversation">The conversation to append.</param>
    /// <exception cref="InvalidDataException">The file has another format; it is left unchanged.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Append(string file, Conversation conversation)
    {
        var isNew = !File.Exists(file) || new FileInfo(file).Length == 0;
        var format = isNew ? ConversationFormat.Messages : ConversationReader.DetectFormat(file);
        if (format != ConversationFormat.Messages || (!isNew && JsonLayoutDetector.Detect(file) != JsonLayout.Lines))
            throw new InvalidDataException(
                $"{file} contains "
                    + $"{(format == ConversationFormat.Messages ? "one document" : $"rows of the format {format}")}, but "
                    + "conversations are appended as messages, one per line. Choose another file.");
        using var line = new MemoryStream();
        if (!isNew && !EndsWithNewLine(file)) line.WriteByte((byte)'\n');
        using (var json = new Utf8JsonWriter(line, Compact))
            Write(json, new(file, 0) { Conversation = conversation }, ConversationFormat.Messages, template: null);
        line.WriteByte((byte)'\n');
        using var stream = new FileStream(file, FileMode.Append, FileAccess.Write, FileShare.Read);
        stream.Write(line.GetBuffer(), 0, (int)line.Length);
    }

    /// <summary>Writes the messages of a conversation that awaits an answer, as the property <c>messages</c>.</summary>
    /// <param name="json">An open object.</param>
    /// <param name="prompt">The conversation.</param>
    public static void WriteMessages(Utf8JsonWriter json, Conversation prompt)
    {
        ArgumentNullException.ThrowIfNull(json);
        ArgumentNullException.ThrowIfNull(prompt);
        WriteMessages(json, "messages", prompt.Messages, learned: true);
    }

    private static bool EndsWithNewLine(string file)
    {
        using var stream = File.OpenRead(file);
        stream.Seek(-1, SeekOrigin.End);
        return stream.ReadByte() == '\n';
    }

    private static void Write(Utf8JsonWriter json, ConversationRow row, ConversationFormat format, ChatTemplate? template)
    {
        json.WriteStartObject();
        if (format == ConversationFormat.Tokens) WriteTokens(json, row, template);
        else
        {
            WriteConversation(
                json, row.Conversation ?? throw CreateException(row, format, "the row contains tokens, not text"), row, format);
            WriteTexts(json, "choices", row.Choices);
            WriteTexts(json, "answers", row.Answers);
        }
        json.WriteEndObject();
    }

    private static void WriteConversation(
        Utf8JsonWriter json, Conversation conversation, ConversationRow row, ConversationFormat format)
    {
        var messages = conversation.Messages;
        switch (format)
        {
            case ConversationFormat.Messages:
                WriteMessages(json, "messages", messages, learned: true);
                return;
            case ConversationFormat.ShareGpt:
                RefuseContext(row, format);
                json.WriteStartArray("conversations");
                foreach (var message in messages)
                {
                    if (message.Text.Length > 0 || message.ToolCall is null)
                        WriteTurn(json, GetShareGptRole(message.Role), message.Text, message);
                    if (message.ToolCall is { } call)
                        WriteTurn(
                            json, RoleName.FunctionCall, message.Text.Length == 0
                                ? call
                                : throw CreateException(row, format, "an answer has both text and a tool call"), message);
                }
                json.WriteEndArray();
                return;
            case ConversationFormat.Completion when messages[^1].Role == ChatRole.Assistant:
                WriteMessages(json, "prompt", messages.SkipLast(1), learned: false);
                WriteMessages(json, "completion", messages.TakeLast(1), learned: true);
                return;
            case ConversationFormat.Completion:
                throw CreateException(row, format, "the conversation does not end with an answer");
            case ConversationFormat.ChatMarkup:
                RefuseContext(row, format);
                RefuseTools(row, format);
                RefuseExcluded(row, format);
                if (messages.Any(message => message.Text.Contains("<|im_", StringComparison.Ordinal)))
                    throw CreateException(row, format, "a text contains markup of the format");
                json.WriteString(
                    "text",
                    string.Concat(
                        messages.Select(message =>
                            $"<|im_start|>{ChatMessage.GetRoleName(message.Role)}\n{message.Text}<|im_end|>\n")));
                return;
            default:
                RefuseTools(row, format);
                RefuseExcluded(row, format);
                WriteExchanges(json, row, messages, format);
                return;
        }
    }

    // Alternating questions and answers, with an optional system message first.
    private static void WriteExchanges(
        Utf8JsonWriter json, ConversationRow row, IReadOnlyList<ChatMessage> messages, ConversationFormat format)
    {
        if (messages[0].Role == ChatRole.System) json.WriteString("system", messages[0].Text);
        var turns = messages.Where(message => message.Role != ChatRole.System).Chunk(2).ToArray();
        if (turns[^1].Length < 2) throw CreateException(row, format, "the conversation does not end with an answer");

        if (format == ConversationFormat.Alpaca)
        {
            if (turns.SkipLast(1).Any(turn => turn[0].Context.Count > 0) || turns[^1][0].Context.Count > 1)
                throw CreateException(row, format, "there is more than one context");
            if (turns.Length > 1)
            {
                json.WriteStartArray("history");
                foreach (var turn in turns.SkipLast(1))
                {
                    json.WriteStartArray();
                    foreach (var message in turn) json.WriteStringValue(message.Text);
                    json.WriteEndArray();
                }
                json.WriteEndArray();
            }
            json.WriteString("instruction", turns[^1][0].Text);
            json.WriteString("input", turns[^1][0].Context is [var input] ? input : "");
            json.WriteString("output", turns[^1][1].Text);
            return;
        }

        if (turns.Length > 1) json.WriteStartArray("turns");
        foreach (var turn in turns)
        {
            if (turns.Length > 1) json.WriteStartObject();
            WriteContext(json, turn[0]);
            json.WriteString("question", turn[0].Text);
            json.WriteString("answer", turn[1].Text);
            if (turns.Length > 1) json.WriteEndObject();
        }
        if (turns.Length > 1) json.WriteEndArray();
    }

    // "learned" is what readers assume of answers without a weight.
    private static void WriteMessages(Utf8JsonWriter json, string name, IEnumerable<ChatMessage> messages, bool learned)
    {
        json.WriteStartArray(name);
        foreach (var message in messages)
        {
            json.WriteStartObject();
            json.WriteString("role", ChatMessage.GetRoleName(message.Role));
            WriteContext(json, message);
            json.WriteString("content", message.Text);
            if (message.ToolCall is { } call) json.WriteString("tool_call", call);
            WriteWeight(json, message, learned);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void WriteWeight(Utf8JsonWriter json, ChatMessage message, bool learned)
    {
        if (message.Role == ChatRole.Assistant && message.IsLearned != learned)
            json.WriteNumber("weight", message.IsLearned ? 1 : 0);
    }

    private static void WriteContext(Utf8JsonWriter json, ChatMessage message) => WriteTexts(json, "context", message.Context);

    private static void WriteTexts(Utf8JsonWriter json, string name, IReadOnlyList<string> texts)
    {
        if (texts.Count == 0) return;
        json.WriteStartArray(name);
        foreach (var text in texts) json.WriteStringValue(text);
        json.WriteEndArray();
    }

    private static void WriteTurn(Utf8JsonWriter json, string from, string value, ChatMessage message)
    {
        json.WriteStartObject();
        json.WriteString("from", from);
        json.WriteString("value", value);
        WriteWeight(json, message, learned: true);
        json.WriteEndObject();
    }

    private static void WriteTokens(Utf8JsonWriter json, ConversationRow row, ChatTemplate? template)
    {
        var tokens = row.Tokens;
        if (tokens is null)
        {
            if (row.Choices.Count > 0 || row.Answers.Count > 0)
                throw CreateException(row, ConversationFormat.Tokens, "there are choices or other correct answers");
            ArgumentNullException.ThrowIfNull(template);
            var rendered = template.Render(row.Conversation!);
            tokens = new(rendered.Ids, rendered.LossMask);
        }
        json.WriteStartArray("input_ids");
        foreach (var id in tokens.Ids) json.WriteNumberValue(id);
        json.WriteEndArray();
        json.WriteStartArray("labels");
        for (var i = 0; i < tokens.Ids.Count; i++)
            json.WriteNumberValue(tokens.LossMask[i] ? tokens.Ids[i] : TokenFormat.PyTorchIgnoreIndex);
        json.WriteEndArray();
    }

    private static string GetShareGptRole(ChatRole role) => role switch
    {
        ChatRole.System => "system",
        ChatRole.User => "human",
        ChatRole.Assistant => "gpt",
        _ => "tool",
    };

    private static void RefuseContext(ConversationRow row, ConversationFormat format)
    {
        if (row.Conversation!.Messages.Any(message => message.Context.Count > 0))
            throw CreateException(row, format, "there is context");
    }

    private static void RefuseExcluded(ConversationRow row, ConversationFormat format)
    {
        if (row.Conversation!.Messages.Any(message => message.Role == ChatRole.Assistant && !message.IsLearned))
            throw CreateException(row, format, "an answer is not learned");
    }

    private static void RefuseTools(ConversationRow row, ConversationFormat format)
    {
        if (row.Conversation!.Messages.Any(message => message.Role == ChatRole.Tool || message.ToolCall is not null))
            throw CreateException(row, format, "a tool is called");
    }

    private static InvalidDataException CreateException(ConversationRow row, ConversationFormat format, string why) =>
        new($"{row.Location}: {why}, which the format {format} cannot represent. Use the format {ConversationFormat.Messages}.");
}
