using System.Text.Json;

namespace TurkishLlm.Data.Conversations;

/// <summary>Texts with information to extract. The question names the fields; the answer is a JSON object of them.</summary>
internal static class ExtractionFormat
{
    public static bool Matches(JsonRow row) => row.Has("text") && row.FindName("entities", "fields") is not null;

    public static IEnumerable<ConversationRow> Read(IEnumerable<JsonRow> rows, Action<string>? onSkipped)
    {
        var read = rows.SelectMany(row => RowSkipper.ReadOne(() => (Row: row, Fields: GetFields(row)), onSkipped)).ToArray();
        var names = string.Join(
            ", ", read.SelectMany(row => row.Fields.Keys).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));
        return read.SelectMany(row => RowSkipper.ReadOne(() => Build(row.Row, row.Fields, names), onSkipped));
    }

    private static ConversationRow Build(JsonRow row, SortedDictionary<string, JsonElement> fields, string names)
    {
        var builder = new ConversationBuilder(row);
        builder.AddSystem(row.GetSystem());
        builder.AddUser(
            $"Aşağıdaki metinden şu bilgileri JSON olarak çıkar: {names}.\n\n{row.GetString("text").Trim()}");
        builder.AddAssistant(CompactJson.Write(JsonSerializer.SerializeToElement(fields)));
        return builder.Build();
    }

    private static SortedDictionary<string, JsonElement> GetFields(JsonRow row)
    {
        KnownKeys.Extraction.Check(row);
        var fields = new SortedDictionary<string, JsonElement>(StringComparer.Ordinal);
        if (row.Has("fields"))
        {
            if (row.Element.GetProperty("fields") is not { ValueKind: JsonValueKind.Object } given)
                throw row.CreateException("\"fields\" must be an object.");
            foreach (var field in given.EnumerateObject()) fields[field.Name] = field.Value;
            return fields;
        }
        foreach (
            var label in row.GetRows("entities")
                .GroupBy(
                    entity => entity.GetString("label", "type"),
                    entity => entity.GetString("text", "value"),
                    StringComparer.Ordinal))
            fields[label.Key] = JsonSerializer.SerializeToElement(label.ToArray());
        return fields;
    }
}
