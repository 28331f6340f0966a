namespace TurkishLlm.Data.Conversations;

/// <summary>
/// Question and answer pairs as data synthesis writes them: single, with their context, as several turns, or grouped under a
/// shared context.
/// </summary>
internal static class PairFormat
{
    private static readonly string[]
        Questions = ["question", "soru", "user"], Answers = ["answer", "cevap", "yanıt", "yanit", "assistant"],
        Contexts = ["context", "contexts", "bağlam", "baglam"],
        Turns = ["turns", "conversation", "dialog"],
        Groups = ["pairs", "qa_pairs", "items"];

    public static bool Matches(JsonRow row) =>
        (row.FindName(Questions) is not null && row.FindName(Answers) is not null)
        || row.FindName(Turns) is not null
        || row.FindName(Groups) is not null;

    public static IEnumerable<ConversationRow> Read(JsonRow row) => row.FindName(Groups) is { } group
        ? row.GetRows(group).Select(pair => ReadOne(pair, row.GetOptionalString("system"), row.GetStrings(Contexts)))
        : [ReadOne(row, system: null, context: [])];

    private static ConversationRow ReadOne(JsonRow row, string? system, IReadOnlyList<string> context)
    {
        var builder = new ConversationBuilder(row);
        builder.AddSystem(row.GetOptionalString("system") ?? system);
        if (row.GetStrings(Contexts) is { Count: > 0 } own) context = own;
        if (row.FindName(Turns) is { } turns)
            foreach (var (i, turn) in row.GetRows(turns).Index())
            {
                if (turn.Has("role")) MessagesFormat.Add(builder, turn, turn.GetString("role"));
                else AddPair(builder, turn, i == 0 && turn.FindName(Contexts) is null ? context : turn.GetStrings(Contexts));
            }
        else AddPair(builder, row, context);
        return builder.Build();
    }

    private static void AddPair(ConversationBuilder builder, JsonRow pair, IReadOnlyList<string> context)
    {
        builder.AddUser(pair.GetString(Questions), context);
        builder.AddAssistant(pair.GetString(Answers));
    }
}
