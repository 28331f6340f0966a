using System.Text.Json;

namespace TurkishLlm.Data.Conversations;

/// <summary>
/// Question and answer pairs as data synthesis writes them: single, with their context, as several turns, or grouped under a
/// shared context.
/// </summary>
internal static class PairFormat
{
    private static readonly string[]
        Questions = ["question", "soru", "user"], Answers = ["answer", "cevap", "yanıt", "yanit", "response", "assistant"],
        Contexts = ["context", "contexts", "bağlam", "baglam"],
        Turns = ["turns", "conversation", "dialog"],
        Groups = ["pairs", "qa_pairs", "items"];

    public static bool Matches(JsonRow row) =>
        (row.FindName(Questions) is not null && row.FindName(Answers) is not null)
        || row.FindName(Turns) is not null
        || row.FindName(Groups) is not null;

    /// <summary>Returns true unless the row is a list of other rows below a name that groups of pairs have too.</summary>
    public static bool HoldsPairs(JsonRow row) =>
        row.FindName(Groups) is not { } group
        || row.Element.GetProperty(group) is not { ValueKind: JsonValueKind.Array } pairs
        || pairs.EnumerateArray().All(pair => IsPair(row with { Element = pair }));

    public static IEnumerable<ConversationRow> Read(JsonRow row)
    {
        if (row.FindName(Groups) is not { } group) return [ReadOne(row, system: null, context: [])];
        KnownKeys.Pair.Check(row, group, row.FindName(Contexts));
        return row.GetRows(group)
            .Select(pair => IsPair(pair)
                ? ReadOne(pair, row.GetSystem(), row.GetStrings(Contexts))
                : throw pair.CreateException(
                    $"\"{group}\" contains an object with the keys {pair.KeyNames}, but a group consists of pairs of question "
                        + "and answer. Save the list as a file of its own."));
    }

    private static bool IsPair(JsonRow pair) =>
        pair.FindName(Questions) is not null || pair.FindName(Turns) is not null;

    private static ConversationRow ReadOne(JsonRow row, string? system, IReadOnlyList<string> context)
    {
        var builder = new ConversationBuilder(row);
        builder.AddSystem(row.GetSystem() ?? system);
        if (row.GetStrings(Contexts) is { Count: > 0 } own) context = own;
        if (row.FindName(Turns) is { } turns)
        {
            KnownKeys.Pair.Check(row, turns, row.FindName(Contexts));
            AddTurns(builder, row, turns, context);
        }
        else
        {
            KnownKeys.Pair.Check(row, row.FindName(Questions), row.FindName(Answers), row.FindName(Contexts));
            AddPair(builder, row, context, isLearned: true);
        }
        return builder.Build();
    }

    private static void AddTurns(ConversationBuilder builder, JsonRow row, string name, IReadOnlyList<string> context)
    {
        var turns = row.GetRows(name);
        if (context.Count > 0 && turns is [var start, ..] && start.FindName("role", "from") is not null)
            KeyRule.Context.CheckAll(row);
        foreach (var (i, turn) in turns.Index())
            if (turn.FindName("role", "from") is not null) MessagesFormat.Add(builder, turn);
            else
            {
                KnownKeys.Turn.Check(turn, turn.FindName(Questions), turn.FindName(Answers), turn.FindName(Contexts));
                AddPair(
                    builder, turn, i == 0 && turn.FindName(Contexts) is null ? context : turn.GetStrings(Contexts),
                    LearnedKey.Find(turn) ?? true);
            }
    }

    private static void AddPair(ConversationBuilder builder, JsonRow pair, IReadOnlyList<string> context, bool isLearned)
    {
        if (pair.FindName(Questions) is null)
            throw pair.CreateException($"the keys are {pair.KeyNames}, but \"question\" is missing.");
        builder.AddUser(pair.GetString(Questions), context);
        builder.AddAssistant(pair.GetString(Answers), toolCall: null, isLearned);
    }
}
