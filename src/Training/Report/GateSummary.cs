using System.Text.Json;

namespace TurkishLlm.Training;

/// <summary>What a report tells of <c>gate.json</c>, whatever else the gate writes into it.</summary>
/// <param name="Facts">Single values, such as the device and hashes.</param>
/// <param name="Judged">Number of judgements, each an object with <c>"holds"</c>.</param>
/// <param name="Failed">How many did not hold.</param>
internal sealed record GateSummary(IReadOnlyList<(string Key, string Value)> Facts, int Judged, int Failed)
{
    /// <summary>Reads the file; null where there is none.</summary>
    /// <exception cref="InvalidDataException">The file is not a JSON object.</exception>
    public static GateSummary? Read(string file)
    {
        if (!File.Exists(file)) return null;
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(file));
            var facts = new List<(string, string)>();
            foreach (var property in document.RootElement.EnumerateObject())
                if (property.Value.ValueKind is not (JsonValueKind.Array or JsonValueKind.Object or JsonValueKind.Null))
                    facts.Add((property.Name, property.Value.ToString()));
            var verdicts = Verdicts(document.RootElement).ToArray();
            return new(facts, verdicts.Length, verdicts.Count(holds => !holds));
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            throw new InvalidDataException($"{file}: not a gate report: {error.Message}", error);
        }
    }

    private static IEnumerable<bool> Verdicts(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object when element.TryGetProperty("holds", out var holds) && holds.ValueKind is (JsonValueKind.True or JsonValueKind.False) =>
            [element.GetProperty("holds").GetBoolean()],
        JsonValueKind.Object => element.EnumerateObject().SelectMany(property => Verdicts(property.Value)),
        JsonValueKind.Array => element.EnumerateArray().SelectMany(Verdicts),
        _ => [],
    };
}
