using System.Text.Json;
using TurkishLlm.Files;

namespace TurkishLlm.Monitoring.Pages;

/// <summary>The result of one requirement on one case.</summary>
/// <param name="Id">Id of the requirement; empty if the file has none.</param>
/// <param name="Statement">The requirement; empty if the file has none.</param>
/// <param name="Holds">True if it holds.</param>
/// <param name="Evidence">The measurement.</param>
/// <param name="Margin">Measured ÷ allowed; null if there is no such number.</param>
internal sealed record GateJudgment(string Id, string Statement, bool Holds, string Evidence, double? Margin);

/// <summary>The part of <c>gate.json</c> that reports show.</summary>
/// <param name="Facts">Single values, such as the device and hashes.</param>
/// <param name="Judgments">All objects with <c>"holds"</c>.</param>
internal sealed record GateSummary(IReadOnlyDictionary<string, string> Facts, IReadOnlyList<GateJudgment> Judgments)
{
    /// <summary>Number of results that do not hold.</summary>
    public int FailedCount => Judgments.Count(judgment => !judgment.Holds);

    /// <summary>The case with the largest margin of each requirement, in descending order.</summary>
    public IReadOnlyList<GateJudgment> Margins =>
    [
        .. Judgments.Where(j => j.Margin is not null && j.Id.Length > 0).GroupBy(j => j.Id, StringComparer.Ordinal)
            .Select(cases => cases.MaxBy(j => j.Margin)!)
            .OrderByDescending(j => j.Margin)
            .ThenBy(j => j.Id, StringComparer.Ordinal),
    ];

    /// <summary>Reads the file; null if it does not exist.</summary>
    /// <exception cref="InvalidDataException">The file is not a JSON object.</exception>
    public static GateSummary? Read(string file)
    {
        if (!File.Exists(file)) return null;
        try
        {
            using var document = StrictJson.ParseFile(file);
            var facts = new OrderedDictionary<string, string>(StringComparer.Ordinal);
            foreach (var property in document.RootElement.EnumerateObject())
                if (property.Value.ValueKind is not (JsonValueKind.Array or JsonValueKind.Object or JsonValueKind.Null))
                    facts[property.Name] = property.Value.ToString();
            return new(facts, [.. Find(document.RootElement)]);
        }
        catch (InvalidOperationException error)
        {
            throw new InvalidDataException($"{file}: not a gate report: {error.Message}", error);
        }
    }

    private static IEnumerable<GateJudgment> Find(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object
            when element.TryGetProperty("holds", out var holds)
                && holds.ValueKind is (JsonValueKind.True or JsonValueKind.False) =>
            [
                new(
                    Text(element, "id"), Text(element, "statement"), holds.GetBoolean(), Text(element, "evidence"),
                    Number(element, "margin")),
            ],
        JsonValueKind.Object => element.EnumerateObject().SelectMany(property => Find(property.Value)),
        JsonValueKind.Array => element.EnumerateArray().SelectMany(Find),
        _ => [],
    };

    private static string Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";

    private static double? Number(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number ? value.GetDouble() : null;
}
