namespace TurkishLlm.Data.Conversations;

/// <summary>Labeled texts. The question lists all labels of the file, so the answer is a choice among them.</summary>
internal static class ClassificationFormat
{
    public static IEnumerable<ConversationRow> Read(IEnumerable<JsonRow> rows, Action<string>? onSkipped)
    {
        var read = rows.SelectMany(row => RowSkipper.ReadOne(() => Labeled.Read(row), onSkipped)).ToArray();
        var classes = string.Join(
            ", ", read.Select(row => row.Label).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));
        return read.SelectMany(row => RowSkipper.ReadOne(() => row.Build(classes), onSkipped));
    }

    private sealed record Labeled(JsonRow Row, string Text, string Label)
    {
        public static Labeled Read(JsonRow row)
        {
            KnownKeys.Labeled.Check(row);
            return new(row, row.GetString("text").Trim(), row.GetString("label").Trim());
        }

        public ConversationRow Build(string classes)
        {
            var builder = new ConversationBuilder(Row);
            builder.AddSystem(Row.GetSystem());
            builder.AddUser($"Aşağıdaki metnin sınıfını yaz. Sınıflar: {classes}.\n\n{Text}");
            builder.AddAssistant(Label);
            return builder.Build(Label);
        }
    }
}
