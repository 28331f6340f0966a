using System.Text.Json;
using TurkishLlm.Data.Conversations;
using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Data.Preference;

/// <summary>
/// Reads preference pairs: <c>{"prompt", "chosen", "rejected"}</c>, optionally with <c>"system"</c> and <c>"context"</c>, or
/// <c>{"messages", "chosen", "rejected"}</c>. An answer is a text or a list of messages of the assistant and its tools.
/// </summary>
public static class PreferenceReader
{
    /// <summary>Reads the rows of a file, in order.</summary>
    /// <param name="file">A <c>.jsonl</c> or <c>.json</c> file.</param>
    /// <param name="onSkipped">
    /// Receives a message for each invalid row, which is then skipped; null to throw at the first.
    /// </param>
    /// <exception cref="FileNotFoundException">The file does not exist.</exception>
    /// <exception cref="InvalidDataException">A row is invalid; the message gives the line and the reason.</exception>
    public static IEnumerable<PreferenceRow> Read(string file, Action<string>? onSkipped = null)
    {
        if (!File.Exists(file))
            throw new FileNotFoundException($"The file {file} of preference pairs does not exist. Give a .jsonl file.", file);
        foreach (var row in JsonRows.Read(file))
        {
            PreferenceRow read;
            try
            {
                read = ReadRow(row);
            }
            catch (InvalidDataException error) when (onSkipped is not null)
            {
                onSkipped(error.Message);
                continue;
            }
            yield return read;
        }
    }

    private static PreferenceRow ReadRow(JsonRow row)
    {
        if (row.FindName("prompt", "messages") is not { } prompt || !row.Has("chosen") || !row.Has("rejected"))
            throw row.CreateException(
                $"the row has the keys {string.Join(", ", row.Element.EnumerateObject().Select(key => key.Name))}, "
                    + "but a preference pair has prompt or messages, chosen and rejected.");
        return new(row.File, row.Line, ReadConversation(row, prompt, "chosen"), ReadConversation(row, prompt, "rejected"));
    }

    private static Conversation ReadConversation(JsonRow row, string prompt, string answer)
    {
        var builder = new ConversationBuilder(row);
        builder.AddSystem(row.GetOptionalString("system"));
        if (row.Element.GetProperty(prompt).ValueKind == JsonValueKind.Array)
            foreach (var message in row.GetRows(prompt)) MessagesFormat.Add(builder, message, message.GetString("role", "from"));
        else builder.AddUser(row.GetString(prompt), row.GetStrings("context", "contexts"));

        if (row.Element.GetProperty(answer).ValueKind == JsonValueKind.Array)
            foreach (var message in row.GetRows(answer)) AddTurn(builder, message, answer);
        else builder.AddAssistant(row.GetString(answer));

        var conversation = builder.Build().Conversation!;
        if (conversation.AwaitsAnswer)
            throw row.CreateException($"\"{answer}\" is empty, but a preference pair needs two answers.");
        return conversation;
    }

    private static void AddTurn(ConversationBuilder builder, JsonRow message, string answer)
    {
        var role = message.GetString("role", "from");
        if (role is "user" or "human" or "system" or "developer")
            throw message.CreateException(
                $"\"{answer}\" has a message of the {role}, but both answers of a pair share one prompt. Move the "
                    + "messages before the answer to \"messages\".");
        MessagesFormat.Add(builder, message, role);
    }
}
