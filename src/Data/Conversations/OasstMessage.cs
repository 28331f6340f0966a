using System.Text.Json;

namespace TurkishLlm.Data.Conversations;

/// <summary>A message of a tree of OpenAssistant, with its replies.</summary>
internal sealed class OasstMessage
{
    private readonly int? _rank;

    private OasstMessage(JsonRow row, bool isAssistant, int? rank)
    {
        (Row, IsAssistant, _rank) = (row, isAssistant, rank);
        IsUsable = row.GetFlag("deleted") != true && row.GetFlag("review_result") != false;
        Text = row.GetString("text");
        if (IsUsable && string.IsNullOrWhiteSpace(Text))
            throw row.CreateException("\"text\" is empty. Remove the message and its replies, or set \"deleted\": true.");
    }

    /// <summary>The object of the message, for error messages.</summary>
    public JsonRow Row { get; }

    /// <summary>True for an answer, false for a question.</summary>
    public bool IsAssistant { get; }

    /// <summary>The text.</summary>
    public string Text { get; }

    /// <summary>False if the message was deleted, or rejected in review: then it is skipped with its replies.</summary>
    public bool IsUsable { get; }

    /// <summary>True if the message is a reply to another one.</summary>
    public bool IsAttached { get; private set; }

    /// <summary>All replies, in the order of the file.</summary>
    public List<OasstMessage> Replies { get; } = [];

    /// <summary>The usable replies, the best first (rank 0). Those without a rank come last, in the order of the file.</summary>
    public IEnumerable<OasstMessage> RankedReplies =>
        Replies.Where(reply => reply.IsUsable).OrderBy(reply => reply._rank ?? int.MaxValue);

    /// <summary>The usable replies that were ranked, the best first.</summary>
    public IReadOnlyList<OasstMessage> Ranking => [.. RankedReplies.Where(reply => reply._rank is not null)];

    /// <summary>Reads a message without its replies.</summary>
    /// <exception cref="InvalidDataException">A key is missing or has a wrong value.</exception>
    public static OasstMessage Read(JsonRow row)
    {
        KnownKeys.OasstMessage.Check(row);
        return new(row, row.GetString("role") switch
        {
            "assistant" => true,
            "prompter" => false,
            var role => throw row.CreateException(
                $"the role \"{role}\" is unknown; in a tree of OpenAssistant it must be prompter or assistant."),
        }, ReadRank(row));
    }

    /// <summary>Adds a reply.</summary>
    /// <exception cref="InvalidDataException">Both messages have the same role, or two replies have the same rank.</exception>
    public void Add(OasstMessage reply)
    {
        if (reply.IsAssistant == IsAssistant)
            throw reply.Row.CreateException(
                $"a message of the {(IsAssistant ? "assistant" : "prompter")} replies to another one, but prompter and assistant "
                    + "must alternate.");
        if (reply._rank is { } rank && Replies.Exists(other => other._rank == rank && other.IsUsable && reply.IsUsable))
            throw reply.Row.CreateException(FormattableString.Invariant(
                $"\"rank\" is {rank}, as that of another reply to the same message. Rank them again, or remove their ranks."));
        Replies.Add(reply);
        reply.IsAttached = true;
    }

    private static int? ReadRank(JsonRow row)
    {
        if (!row.Has("rank")) return null;
        var value = row.Element.GetProperty("rank");
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var rank) && rank >= 0
            ? rank
            : throw row.CreateException(
                $"\"rank\" is {JsonRow.Describe(value)}, but it must be 0 for the best reply, 1 for the next, and so on.");
    }
}
