using System.Text.Json;
using TurkishLlm.Data.Conversations;
using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Data.Preference;

/// <summary>
/// Reads pairs of answers: <c>{"prompt", "chosen", "rejected"}</c>, with <c>"system"</c> and <c>"context"</c> where there are any,
/// or <c>{"messages", "chosen", "rejected"}</c>. An answer is text, or the messages of the assistant and its tools.
/// </summary>
public static class PreferenceReader
{
    /// <summary>The rows of a file, in order.</summary>
    /// <param name="file">A <c>.jsonl</c> or <c>.json</c> file.</param>
    /// <param name="onSkipped">Is told of rows that cannot be read, which are then left out; null to stop at the first.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">A row cannot be read; says which line and why.</exception>
    public static IEnumerable<PreferenceRow> Read(string file, Action<string>? onSkipped = null)
    {
        if (!File.Exists(file)) throw new FileNotFoundException($"There is no file {file} with pairs of answers. Give a .jsonl file.", file);
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
            throw row.CreateException($"the row has the keys {string.Join(", ", row.Element.EnumerateObject().Select(key => key.Name))}, but a pair of answers has prompt or messages, chosen and rejected.");
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
        if (conversation.AwaitsAnswer) throw row.CreateException($"\"{answer}\" is empty, but a pair has two answers.");
        return conversation;
    }

    private static void AddTurn(ConversationBuilder builder, JsonRow message, string answer)
    {
        var role = message.GetString("role", "from");
        if (role is "user" or "human" or "system" or "developer")
            throw message.CreateException($"\"{answer}\" has a message of the {role}, but the two answers of a pair have one prompt. Put the messages that come before the answer into \"messages\".");
        MessagesFormat.Add(builder, message, role);
    }
}
