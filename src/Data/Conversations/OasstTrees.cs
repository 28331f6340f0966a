using System.Text.Json;

namespace TurkishLlm.Data.Conversations;

/// <summary>
/// Reads trees of OpenAssistant: nested, <c>{"message_tree_id", "prompt": {"text", "role", "replies": [ … ]}}</c>, or as
/// messages, <c>{"message_id", "parent_id", "text", "role", "rank"}</c>, in any order.
/// </summary>
/// <remarks>Source: OpenAssistant/oasst1 on Hugging Face, README.md; LAION-AI/Open-Assistant, oasst-data.</remarks>
internal static class OasstTrees
{
    /// <summary>Returns true for a nested tree.</summary>
    public static bool IsTree(JsonRow row) =>
        row.Has("prompt") && row with { Element = row.Element.GetProperty("prompt") } is var first && first.Has("text")
        && first.Has("role");

    /// <summary>Returns true for one message of a tree.</summary>
    public static bool IsMessage(JsonRow row) => row.Has("message_id") && row.Has("role") && row.Has("text");

    /// <summary>Returns the first message of each tree, in the order of the file.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="onSkipped">Receives the message of an invalid row, which is then skipped; null to throw.</param>
    public static IEnumerable<OasstMessage> Read(IEnumerable<JsonRow> rows, Action<string>? onSkipped)
    {
        var messages = new Dictionary<string, OasstMessage>(StringComparer.Ordinal);
        foreach (var row in rows)
            if (IsTree(row))
                foreach (var tree in RowSkipper.ReadOne(() => ReadTree(row), onSkipped)) yield return tree;
            else
                RowSkipper.ReadOne(() => AddMessage(messages, row), onSkipped);
        foreach (var tree in Connect(messages, onSkipped)) yield return tree;
    }

    private static OasstMessage ReadTree(JsonRow row)
    {
        KnownKeys.OasstTree.Check(row);
        return RequireQuestion(ReadReplies(row with { Element = row.Element.GetProperty("prompt") }));
    }

    private static OasstMessage ReadReplies(JsonRow row)
    {
        var message = OasstMessage.Read(row);
        if (row.Has("replies"))
            foreach (var reply in row.GetRows("replies")) message.Add(ReadReplies(reply));
        return message;
    }

    private static OasstMessage AddMessage(Dictionary<string, OasstMessage> messages, JsonRow row)
    {
        if (IsTree(row) || !IsMessage(row)) throw row.CreateException("the row is no message of a tree.");
        var (id, message) = (row.GetString("message_id"), OasstMessage.Read(row));
        return messages.TryAdd(id, message) ? message : throw row.CreateException(FormattableString.Invariant(
            $"message_id \"{id}\" is that of line {messages[id].Row.Line} too. Remove one of the messages."));
    }

    // A message may precede the one that it replies to, so replies are connected when all messages are known.
    private static OasstMessage[] Connect(Dictionary<string, OasstMessage> messages, Action<string>? onSkipped)
    {
        OasstMessage[] roots =
            [.. messages.Values.SelectMany(message => RowSkipper.ReadMany(() => Attach(messages, message), onSkipped))];
        var waiting = new Stack<OasstMessage>(roots);
        var connected = new HashSet<OasstMessage>();
        while (waiting.TryPop(out var message))
        {
            connected.Add(message);
            foreach (var reply in message.Replies) waiting.Push(reply);
        }
        foreach (var message in messages.Values.Where(message => message.IsAttached && !connected.Contains(message)))
            RowSkipper.ReadOne<OasstMessage>(
                () => throw message.Row.CreateException(
                    "from parent to parent, the message never leads to the first message of a tree. Add what it replies to, or "
                        + "remove it."), onSkipped);
        return roots;
    }

    // Returns the message if it is the first of its tree.
    private static IEnumerable<OasstMessage> Attach(Dictionary<string, OasstMessage> messages, OasstMessage message)
    {
        if (message.Row.GetOptionalString("parent_id") is not { } parent) return [RequireQuestion(message)];
        if (!messages.TryGetValue(parent, out var above))
            throw message.Row.CreateException(
                $"parent_id \"{parent}\" is the message_id of no valid message of the file. Add that message, or remove this "
                    + "one.");
        above.Add(message);
        return [];
    }

    private static OasstMessage RequireQuestion(OasstMessage first) => first.IsAssistant
        ? throw first.Row.CreateException(
            "the tree begins with a message of the assistant, but the first must be the prompter's.")
        : first;
}
