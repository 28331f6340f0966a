using System.Text.Encodings.Web;
using System.Text.Json;

namespace TurkishLlm.Data.Conversations;

/// <summary>Texts with information to extract. The question names the fields; the answer is a JSON object of them.</summary>
internal static class ExtractionFormat
{
    private static readonly JsonSerializerOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static bool Matches(JsonRow row) => row.Has("text") && row.FindName("entities", "fields") is not null;

    public static IEnumerable<ConversationRow> Read(IReadOnlyList<JsonRow> rows)
    {
        var found = rows.Select(GetFields).ToArray();
        var names = found
            .SelectMany(fields => fields.Keys)
            .Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal)
            .ToArray();
        foreach (var (row, fields) in rows.Zip(found))
        {
            var builder = new ConversationBuilder(row);
            builder.AddUser(
                $"Aşağıdaki metinden şu bilgileri JSON olarak çıkar: {string.Join(", ", names)}.\n\n"
                    + $"{row.GetString("text").Trim()}");
            builder.AddAssistant(JsonSerializer.Serialize(fields, Compact));
            yield return builder.Build();
        }
    }

    private static SortedDictionary<string, JsonElement> GetFields(JsonRow row)
    {
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
