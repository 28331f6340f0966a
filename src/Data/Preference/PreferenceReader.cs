using System.Text.Json;
using TurkishLlm.Data.Conversations;
using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Data.Preference;

/// <summary>
/// Reads preference pairs: <c>{"prompt", "chosen", "rejected"}</c>, optionally with <c>"system"</c> and <c>"context"</c>, or
/// <c>{"messages", "chosen", "rejected"}</c>, also with <c>"conversations"</c>. An answer is a text, a message of the assistant,
/// or a list of messages of the assistant and its tools. In trees of OpenAssistant, the best-ranked answer is chosen, and every
/// other that was ranked is rejected.
/// </summary>
public static class PreferenceReader
{
    /// <summary>Reads the rows of a file, in order.</summary>
    /// <param name="file">A <c>.jsonl</c> or <c>.json</c> file.</param>
    /// <param name="onSkipped">
    /// Receives a message for each invalid row, which is then skipped; null to throw at the first.
    /// </param>
    /// <param name="unknownKeys">Counts keys that this program does not know; null to ignore them.</param>
    /// <exception cref="FileNotFoundException">The file does not exist.</exception>
    /// <exception cref="InvalidDataException">A row is invalid; the message gives the line and the reason.</exception>
    public static IEnumerable<PreferenceRow> Read(
        string file, Action<string>? onSkipped = null, UnknownKeys? unknownKeys = null)
    {
        if (!File.Exists(file))
            throw new FileNotFoundException($"The file {file} of preference pairs does not exist. Give a .jsonl file.", file);
        var rows = JsonRows.Read(file, onSkipped, unknownKeys);
        // A file of trees has no other rows.
        if (JsonRows.Read(file, onSkipped: _ => { }).FirstOrDefault() is { File: not null } first && OasstFormat.Matches(first))
            return OasstFormat.ReadPairs(rows, onSkipped)
                .Select(pair => new PreferenceRow(
                    pair.Chosen.File, pair.Chosen.Line, pair.Chosen.Conversation!, pair.Rejected.Conversation!));
        return rows
            .SelectMany(row => RowSkipper.ReadOne(() => ReadRow(row), onSkipped));
    }

    internal static PreferenceRow ReadRow(JsonRow row)
    {
        if (row.FindName("prompt", "messages", "conversations") is not { } prompt || !row.Has("chosen") || !row.Has("rejected"))
            throw row.CreateException(
                $"the row has the keys {row.KeyNames}, but a preference pair has prompt or messages, chosen and rejected.");
        KnownKeys.Preference.Check(row, "context", "contexts");
        return new(row.File, row.Line, ReadConversation(row, prompt, "chosen"), ReadConversation(row, prompt, "rejected"));
    }

    /// <summary>Reads the prompt of a row with one of its answers.</summary>
    internal static Conversation ReadConversation(JsonRow row, string prompt, string answer)
    {
        var builder = new ConversationBuilder(row);
        builder.AddSystem(row.GetSystem());
        if (row.Element.GetProperty(prompt).ValueKind == JsonValueKind.Array)
        {
            KeyRule.Context.CheckAll(row);
            foreach (var message in row.GetRows(prompt)) MessagesFormat.Add(builder, message);
        }
        else builder.AddUser(row.GetString(prompt), row.GetStrings("context", "contexts"));

        if (row.Element.GetProperty(answer).ValueKind == JsonValueKind.Array)
            foreach (var message in row.GetRows(answer)) AddTurn(builder, message, answer);
        else if (row.Element.GetProperty(answer) is { ValueKind: JsonValueKind.Object } only)
            AddTurn(builder, row with { Element = only }, answer);
        else builder.AddAssistant(row.GetString(answer));

        var conversation = builder.Build().Conversation!;
        if (conversation.AwaitsAnswer)
            throw row.CreateException(
                answer == "completion" ? "\"completion\" is empty, so there is no answer."
                    : $"\"{answer}\" is empty, but a preference pair needs two answers.");
        return conversation;
    }

    private static void AddTurn(ConversationBuilder builder, JsonRow message, string answer)
    {
        var role = MessagesFormat.GetRole(message);
        if (RoleName.Parse(message, role) is "user" or "system")
            throw message.CreateException(
                $"\"{answer}\" has a message of the {role}, but both answers of a pair share one prompt. Move the "
                    + "messages before the answer to \"messages\".");
        if (LearnedKey.Find(message) is false)
            throw message.CreateException(
                $"\"{answer}\" has a message that is not to be learned, but both answers of a pair are compared whole.");
        MessagesFormat.Add(builder, message);
    }
}
