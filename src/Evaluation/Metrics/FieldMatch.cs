using System.Text.Json;
using TurkishLlm.Data.Corpus;
using TurkishLlm.Files;

namespace TurkishLlm.Evaluation.Metrics;

/// <summary>Compares the fields of JSON objects. Values are compared as words; the elements of a list one by one.</summary>
/// <remarks>Spec: EVL-30.</remarks>
public static class FieldMatch
{
    /// <summary>Returns true if a text is a JSON object and nothing else.</summary>
    public static bool IsObject(string text) => Fields(text) is not null;

    /// <summary>
    /// Computes F1 over fields: precision is the share of answered fields that are correct, recall the share of correct fields
    /// that are answered.
    /// </summary>
    /// <returns>0 … 1; 0 if the answer is not a JSON object.</returns>
    public static double F1(string answer, string reference)
    {
        var right = Fields(reference) ?? throw new ArgumentException(
            "The reference answer is not a JSON object.", nameof(reference));
        if (Fields(answer) is not { } given) return 0;
        var left = right.CountBy(field => field).ToDictionary();
        return WordOverlap.GetHarmonicMean(
            given.Count(field => left.TryGetValue(field, out var more) && (left[field] = more - 1) >= 0),
            given.Count, right.Count);
    }

    private static List<(string Name, string Value)>? Fields(string text)
    {
        try
        {
            using var json = StrictJson.Parse(text, "answer");
            return json.RootElement.ValueKind != JsonValueKind.Object ? null
                :
                [
                    .. json
                        .RootElement.EnumerateObject()
                        .SelectMany(field => Values(field.Value).Select(value => (field.Name, TurkishWords.Normalize(value)))),
                ];
        }
        catch (InvalidDataException)
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
