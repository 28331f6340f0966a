using System.Text.Json;
using TurkishLlm.Evaluation.Metrics;
using TurkishLlm.Files;
using TurkishLlm.Spec.Oracles;
using TurkishLlm.Spec.Plans;

namespace TurkishLlm.Spec.Training;

/// <summary>Scores an answer of fields, as JSON, against the expected one.</summary>
public delegate double ScoreFields(string answer, string reference);

/// <summary>The fields of an answer and of the expected one. A field with several values is a list.</summary>
/// <param name="Name">What is special about it.</param>
/// <param name="Answer">The fields of the answer.</param>
/// <param name="Reference">The expected fields.</param>
public sealed record FieldsCase(
    string Name, IReadOnlyList<(string Name, string[] Values)> Answer, IReadOnlyList<(string Name, string[] Values)> Reference)
{
    /// <inheritdoc/>
    public override string ToString() => Name;

    internal static string ToJson(IEnumerable<(string Name, string[] Values)> fields) =>
        "{" + string.Join(", ", fields.Select(field => $"{JsonSerializer.Serialize(field.Name)}: "
            + (field.Values.Length == 1 ? JsonSerializer.Serialize(field.Values[0]) : JsonSerializer.Serialize(field.Values))))
        + "}";

    // Every value with its name, as the definition compares them.
    internal static string[] Pairs(IEnumerable<(string Name, string[] Values)> fields) =>
        [.. fields.SelectMany(field => field.Values.Select(value => $"{field.Name}={value}"))];
}

/// <summary>Fields of extracted data: EVL-30.</summary>
public static class FieldMatchSpec
{
    public static readonly Requirement<FieldsCase, ScoreFields> EVL_30_Fields = new()
    {
        Id = "EVL-30",
        Statement = "F1 of fields counts a value only under its own name, as often as it is expected there, in any order; values "
            + "under exchanged names score 0.",
        Source = "BUG-EVL-12; Rajpurkar et al. 2016, arXiv:1606.05250, section 6.1, applied to pairs of name and value",
        CanonicalCases =
        [
            new("values under exchanged names", [("müşteri", ["tedaş"]), ("tedarikçi", ["hes"])],
                [("müşteri", ["hes"]), ("tedarikçi", ["tedaş"])]),
            new("some exchanged, some right, one missing", [("şehir", ["ığdır"]), ("depo", ["d50"]), ("ürün", ["nyy"])],
                [("şehir", ["ığdır"]), ("depo", ["nyy"]), ("ürün", ["d50"]), ("uzunluk", ["850"])]),
            new("a list in another order, with a value too many", [("ürünler", ["nym", "ttr", "nym"]), ("uzunluk", ["850"])],
                [("uzunluk", ["850"]), ("ürünler", ["nyy", "nym"]), ("tarih", ["12 mart"])]),
            new("a value of a list under another name", [("kablolar", ["ttr"]), ("makaralar", ["nym", "nyy"])],
                [("kablolar", ["nym", "nyy"]), ("makaralar", ["nyy"])]),
        ],
        Subject = (_, _) => FieldMatch.F1,
        Holds = (score, c, _) => Verdict.All(
            Verdict.AtMost(
                1e-12,
                Math.Abs(score(FieldsCase.ToJson(c.Answer), FieldsCase.ToJson(c.Reference))
                    - AnswerMetricOracle.F1(FieldsCase.Pairs(c.Answer), FieldsCase.Pairs(c.Reference))),
                "difference from the definition"),
            Verdict.Equal(
                1.0, score(FieldsCase.ToJson(c.Reference.Reverse()), FieldsCase.ToJson(c.Reference)),
                "score of the expected fields in another order"),
            Verdict.Equal(
                0.0, score(FieldsCase.ToJson(Renamed(c.Reference)), FieldsCase.ToJson(c.Reference)),
                "score of the expected values under other names")),
        Impostors = new()
        {
            ["names are ignored"] = (_, _) => (answer, reference) =>
                FieldMatch.F1(ReplaceNames(answer, _ => "x"), ReplaceNames(reference, _ => "x")),
            ["values are ignored"] = (_, _) => (answer, reference) => FieldMatch.F1(
                ReplaceValues(answer, "x"), ReplaceValues(reference, "x")),
            ["the order counts"] = (_, _) => (answer, reference) =>
                answer == reference ? 1 : FieldMatch.F1(answer, reference) * 0.9,
            ["exchanged is half right"] = (_, _) => (answer, reference) =>
                0.5 * FieldMatch.F1(answer, reference)
                + 0.5 * FieldMatch.F1(ReplaceNames(answer, _ => "x"), ReplaceNames(reference, _ => "x")),
        },
    };

    public static IReadOnlyList<Requirement> All => [EVL_30_Fields];

    private static IEnumerable<(string Name, string[] Values)> Renamed(IReadOnlyList<(string Name, string[] Values)> fields) =>
        fields.Select((field, i) => ($"{fields[(i + 1) % fields.Count].Name}_{i}", field.Values));

    private static string ReplaceNames(string json, Func<string, string> rename)
    {
        using var read = StrictJson.Parse(json, "fields");
        return FieldsCase.ToJson([
            .. read.RootElement.EnumerateObject().GroupBy(field => rename(field.Name), field => ValuesOf(field.Value))
                .Select(group => (group.Key, group.SelectMany(values => values).ToArray())),
        ]);
    }

    private static string ReplaceValues(string json, string value)
    {
        using var read = StrictJson.Parse(json, "fields");
        return FieldsCase.ToJson([
            .. read.RootElement.EnumerateObject()
                .Select(field => (field.Name, ValuesOf(field.Value).Select(_ => value).ToArray())),
        ]);
    }

    private static string[] ValuesOf(JsonElement value) =>
        value.ValueKind == JsonValueKind.Array
            ? [.. value.EnumerateArray().Select(item => item.GetString()!)] : [value.GetString()!];
}
