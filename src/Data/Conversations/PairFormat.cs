namespace TurkishLlm.Data;

/// <summary>
/// Questions with their answers as data synthesis writes them: alone, with the context they were made from, as several
/// turns, and grouped below a context they share.
/// </summary>
internal static class PairFormat
{
    private static readonly string[]
        Questions = ["question", "soru", "user"], Answers = ["answer", "cevap", "yanıt", "yanit", "assistant"],
        Contexts = ["context", "contexts", "bağlam", "baglam"], Turns = ["turns", "conversation", "dialog"], Groups = ["pairs", "qa_pairs", "items"];

    public static bool Fits(JsonRow row) =>
        (row.NameAmong(Questions) is not null && row.NameAmong(Answers) is not null) || row.NameAmong(Turns) is not null || row.NameAmong(Groups) is not null;

    public static IEnumerable<ConversationRow> Read(JsonRow row) => row.NameAmong(Groups) is { } group
        ? row.Rows(group).Select(pair => ReadOne(pair, row.OptionalText("system"), row.Texts(Contexts)))
        : [ReadOne(row, system: null, context: [])];

    private static ConversationRow ReadOne(JsonRow row, string? system, IReadOnlyList<string> context)
    {
        var builder = new ConversationBuilder(row);
        builder.System(row.OptionalText("system") ?? system);
        if (row.Texts(Contexts) is { Count: > 0 } own) context = own;
        if (row.NameAmong(Turns) is { } turns)
            foreach (var (i, turn) in row.Rows(turns).Index())
            {
                if (turn.Has("role")) MessagesFormat.Add(builder, turn, turn.Text("role"));
                else AddPair(builder, turn, i == 0 && turn.NameAmong(Contexts) is null ? context : turn.Texts(Contexts));
            }
        else AddPair(builder, row, context);
        return builder.Finish();
    }

    private static void AddPair(ConversationBuilder builder, JsonRow pair, IReadOnlyList<string> context)
    {
        builder.User(pair.Text(Questions), context);
        builder.Assistant(pair.Text(Answers));
    }
}
