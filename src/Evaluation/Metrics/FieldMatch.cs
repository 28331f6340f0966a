using System.Text.Json;
using TurkishLlm.Data.Corpus;

namespace TurkishLlm.Evaluation.Metrics;

/// <summary>How many fields of a JSON object are right; values are compared as words, each of a list by itself.</summary>
public static class FieldMatch
{
    /// <summary>True where a text is a JSON object and nothing else.</summary>
    public static bool IsObject(string text) => Fields(text) is not null;

    /// <summary>Harmonic mean of the share of given fields that are right and the share of right fields that are given.</summary>
    /// <returns>0 … 1; 0 where the answer is no JSON object.</returns>
    public static double F1(string answer, string reference)
    {
        var right = Fields(reference) ?? throw new ArgumentException("The right answer is no JSON object.", nameof(reference));
        if (Fields(answer) is not { } given) return 0;
        var left = right.CountBy(field => field).ToDictionary();
        return WordOverlap.GetHarmonicMean(given.Count(field => left.TryGetValue(field, out var more) && (left[field] = more - 1) >= 0), given.Count, right.Count);
    }

    private static List<(string Name, string Value)>? Fields(string text)
    {
        try
        {
            using var json = JsonDocument.Parse(text);
            return json.RootElement.ValueKind != JsonValueKind.Object ? null
                : [.. json.RootElement.EnumerateObject().SelectMany(field => Values(field.Value).Select(value => (field.Name, TurkishWords.Normalize(value))))];
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static IEnumerable<string> Values(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Array => value.EnumerateArray().SelectMany(Values),
        JsonValueKind.String => [value.GetString()!],
        JsonValueKind.Null => [],
        _ => [value.GetRawText()],
    };
}
