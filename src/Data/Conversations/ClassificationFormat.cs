namespace TurkishLlm.Data.Conversations;

/// <summary>Labeled texts. The question lists all labels of the file, so the answer is a choice among them.</summary>
internal static class ClassificationFormat
{
    public static IEnumerable<ConversationRow> Read(IReadOnlyList<JsonRow> rows)
    {
        var classes = string.Join(
            ", ",
            rows.Select(row => row.GetString("label")).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));
        foreach (var row in rows)
        {
            var builder = new ConversationBuilder(row);
            builder.AddUser($"Aşağıdaki metnin sınıfını yaz. Sınıflar: {classes}.\n\n{row.GetString("text").Trim()}");
            builder.AddAssistant(row.GetString("label"));
            yield return builder.Build(row.GetString("label").Trim());
        }
    }
}
