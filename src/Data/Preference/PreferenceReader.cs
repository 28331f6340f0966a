using System.Text.Json;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Data;

/// <summary>
/// Reads pairs of answers: <c>{"prompt", "chosen", "rejected"}</c>, with <c>"system"</c> and <c>"context"</c> where there are any,
/// or <c>{"messages", "chosen", "rejected"}</c>. An answer is text, or the messages of the assistant and its tools.
/// </summary>
public static class PreferenceReader
{
    /// <summary>The rows of a file, in order.</summary>
    /// <param name="file">A <c>.jsonl</c> or <c>.json</c> file.</param>
    /// <param name="skip">Is told of rows that cannot be read, which are then left out; null to stop at the first.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">A row cannot be read; says which line and why.</exception>
    public static IEnumerable<PreferenceRow> Read(string file, Action<string>? skip = null)
    {
        if (!File.Exists(file)) throw new FileNotFoundException($"There is no file {file} with pairs of answers. Give a .jsonl file.", file);
        foreach (var row in JsonRows.Read(file))
        {
            PreferenceRow read;
            try
            {
                read = ReadRow(row);
            }
            catch (InvalidDataException error) when (skip is not null)
            {
                skip(error.Message);
                continue;
            }
            yield return read;
        }
    }

    private static PreferenceRow ReadRow(JsonRow row)
    {
        if (row.NameAmong("prompt", "messages") is not { } prompt || !row.Has("chosen") || !row.Has("rejected"))
            throw row.Wrong($"the row has the keys {string.Join(", ", row.Element.EnumerateObject().Select(key => key.Name))}, but a pair of answers has prompt or messages, chosen and rejected.");
        return new(row.File, row.Line, WithAnswer(row, prompt, "chosen"), WithAnswer(row, prompt, "rejected"));
    }

    private static Conversation WithAnswer(JsonRow row, string prompt, string answer)
    {
        var builder = new ConversationBuilder(row);
        builder.System(row.OptionalText("system"));
        if (row.Element.GetProperty(prompt).ValueKind == JsonValueKind.Array)
            foreach (var message in row.Rows(prompt)) MessagesFormat.Add(builder, message, message.Text("role", "from"));
        else builder.User(row.Text(prompt), row.Texts("context", "contexts"));

        if (row.Element.GetProperty(answer).ValueKind == JsonValueKind.Array)
            foreach (var message in row.Rows(answer)) AddTurn(builder, message, answer);
        else builder.Assistant(row.Text(answer));

        var conversation = builder.Finish().Conversation!;
        if (conversation.AwaitsAnswer) throw row.Wrong($"\"{answer}\" is empty, but a pair has two answers.");
        return conversation;
    }

    private static void AddTurn(ConversationBuilder builder, JsonRow message, string answer)
    {
        var role = message.Text("role", "from");
        if (role is "user" or "human" or "system" or "developer")
            throw message.Wrong($"\"{answer}\" has a message of the {role}, but the two answers of a pair have one prompt. Put the messages that come before the answer into \"messages\".");
        MessagesFormat.Add(builder, message, role);
    }
}
