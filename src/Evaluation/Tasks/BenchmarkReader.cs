using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using TurkishLlm.Evaluation.Metrics;

namespace TurkishLlm.Evaluation.Tasks;

/// <summary>Reads one object of a benchmark file, in any of the forms in which benchmarks are published.</summary>
internal static partial class BenchmarkReader
{
    private static readonly string[] Kept = ["subject", "category", "domain", "difficulty", "level", "grade", "id"];

    /// <exception cref="InvalidDataException">The object does not fit the style; the message says what is missing.</exception>
    public static IEnumerable<BenchmarkRow> Read(JsonElement row, string location, TaskStyle style)
    {
        if (row.ValueKind != JsonValueKind.Object) throw new InvalidDataException($"{location} is not an object.");
        return style switch
        {
            TaskStyle.Xquad => ReadExtractive(row, location),
            TaskStyle.Gsm8k => [ReadCalculation(row, location)],
            _ => [ReadChoice(row, location)],
        };
    }

    // {"question", "choices": [texts], "answer": index or letter}, {"question", "choices": {"text", "label"}, "answerKey"},
    // {"question": {"stem", "choices": [{"text", "label"}]}, "answerKey"}, or an instruction with lines A), B) ….
    private static BenchmarkRow ReadChoice(JsonElement row, string location)
    {
        var fields = GetFields(row);
        if (row.TryGetProperty("instruction", out _)) return ReadOptionLines(row, location) with { Fields = fields };
        var stem = GetProperty(row, location, "question", "soru");
        var (question, owner) = stem.ValueKind == JsonValueKind.Object
            ? (GetText(stem, location, "stem", "text"), stem) : (stem.ToString(), row);
        var (texts, labels) = GetChoices(GetProperty(owner, location, "choices", "options", "secenekler"), location);
        var key = GetProperty(row, location, "answerKey", "answer", "cevap");
        var correct = FindCorrect(key, labels, texts);
        if (correct < 0 || correct >= texts.Length)
            throw new InvalidDataException(
                $"{location}: the answer {key} is none of the {texts.Length} choices; it must be an index from 0, a label or a "
                    + "text of a choice.");
        return new(question.Trim(), [texts[correct]]) { Choices = texts, Correct = correct, Fields = fields };
    }

    private static BenchmarkRow ReadOptionLines(JsonElement row, string location)
    {
        var text = FindText(row, "input") is { Length: > 0 } input ? input : GetText(row, location, "instruction");
        var options = OptionLine().Matches(text);
        string[] choices = [.. options.Select(option => option.Groups["text"].Value.Trim())];
        var answer = GetText(row, location, "output", "response").Trim();
        var correct = OptionLine().Match(answer) is { Success: true } line
            ? line.Groups["letter"].ValueSpan[0] - 'A'
            : answer is [>= 'A' and <= 'H'] ? answer[0] - 'A' : Array.IndexOf(choices, answer);
        if (choices.Length < 2 || correct < 0 || correct >= choices.Length)
            throw new InvalidDataException(
                $"{location}: the question needs lines A), B) … with at least two choices, and the answer one of them; it is "
                    + $"\"{answer}\".");
        return new(text[..options[0].Index].Trim(), [choices[correct]]) { Choices = choices, Correct = correct };
    }

    private static BenchmarkRow ReadCalculation(JsonElement row, string location)
    {
        var answer = GetText(row, location, "answer", "cevap", "output");
        if (!FinalNumber.IsMarked(answer))
            throw new InvalidDataException($"{location}: the answer does not end with #### and a number.");
        return new(GetText(row, location, "question", "soru", "instruction").Trim(), [answer.Trim()]) { Fields = GetFields(row) };
    }

    // SQuAD nests questions in paragraphs in articles; flat files have a context in each row.
    private static BenchmarkRow[] ReadExtractive(JsonElement row, string location)
    {
        if (row.TryGetProperty("paragraphs", out var paragraphs))
            return [.. paragraphs.EnumerateArray().SelectMany(paragraph => ReadExtractive(paragraph, location))];
        if (row.TryGetProperty("qas", out var questions))
        {
            var context = GetText(row, location, "context");
            return [.. questions.EnumerateArray().Select(question => ReadExtractive(question, context, location))];
        }
        return [ReadExtractive(row, GetText(row, location, "context", "input"), location)];
    }

    private static BenchmarkRow ReadExtractive(JsonElement row, string context, string location)
    {
        string[] answers = row.TryGetProperty("answers", out var given)
            ? [.. GetAnswers(given).Select(answer => answer.Trim()).Distinct(StringComparer.Ordinal)]
            : [GetText(row, location, "answer", "output").Trim()];
        answers = [.. answers.Where(answer => answer.Length > 0)];
        if (answers.Length == 0) throw new InvalidDataException($"{location}: the question has no answer.");
        return new(GetText(row, location, "question", "instruction").Trim(), answers)
        {
            Context = context.Trim(), Fields = GetFields(row),
        };
    }

    private static IEnumerable<string> GetAnswers(JsonElement given) => given.ValueKind switch
    {
        JsonValueKind.Object when given.TryGetProperty("text", out var texts) => GetAnswers(texts),
        JsonValueKind.Array => given.EnumerateArray().SelectMany(GetAnswers),
        JsonValueKind.String => [given.GetString()!],
        _ => [],
    };

    private static (string[] Texts, string[] Labels) GetChoices(JsonElement choices, string location)
    {
        if (choices.ValueKind == JsonValueKind.Object && choices.TryGetProperty("text", out var texts)
            && choices.TryGetProperty("label", out var names))
            return ([.. texts.EnumerateArray().Select(Trim)], [.. names.EnumerateArray().Select(Trim)]);
        if (choices.ValueKind != JsonValueKind.Array || choices.GetArrayLength() is < 2 or > 26)
            throw new InvalidDataException($"{location}: the choices must be a list of 2 to 26 texts.");
        JsonElement[] all = [.. choices.EnumerateArray()];
        return all[0].ValueKind == JsonValueKind.Object
            ? ([.. all.Select(choice => GetText(choice, location, "text").Trim())],
                [.. all.Select(choice => GetText(choice, location, "label").Trim())])
            : ([.. all.Select(Trim)], [.. all.Select((_, i) => ((char)('A' + i)).ToString())]);
    }

    private static string Trim(JsonElement text) => text.ToString().Trim();

    // A number is an index, and a text is a label, then the text of a choice.
    private static int FindCorrect(JsonElement key, string[] labels, string[] texts)
    {
        if (key.ValueKind == JsonValueKind.Number) return key.TryGetInt32(out var index) ? index : -1;
        var text = key.ToString().Trim();
        if (Array.IndexOf(labels, text) is >= 0 and var label) return label;
        if (Array.IndexOf(texts, text) is >= 0 and var choice) return choice;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : -1;
    }

    private static IReadOnlyList<(string, string)> GetFields(JsonElement row)
    {
        JsonElement[] owners =
            row.TryGetProperty("info", out var info) && info.ValueKind == JsonValueKind.Object ? [row, info] : [row];
        return
        [
            .. from owner in owners
               from key in owner.EnumerateObject()
               where Kept.Contains(key.Name, StringComparer.Ordinal)
                   && key.Value.ValueKind is JsonValueKind.String or JsonValueKind.Number
               select (key.Name, key.Value.ToString()),
        ];
    }

    private static string GetText(JsonElement row, string location, params string[] names) =>
        FindText(row, names) ?? throw CreateMissing(row, location, names);

    private static string? FindText(JsonElement row, params string[] names) => names
        .Select(name => row.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString() : null)
        .FirstOrDefault(text => text is not null);

    private static JsonElement GetProperty(JsonElement row, string location, params string[] names)
    {
        foreach (var name in names)
            if (row.TryGetProperty(name, out var value)) return value;
        throw CreateMissing(row, location, names);
    }

    private static InvalidDataException CreateMissing(JsonElement row, string location, string[] names) => new(
        $"{location} has no {string.Join(" or ", names)}; its keys are "
            + $"{string.Join(", ", row.EnumerateObject().Select(key => key.Name))}. Choose another --style, or rename its keys.");

    [GeneratedRegex(
        @"^[ \t]*(?<letter>[A-H])[).][ \t]+(?<text>\S.*)$", RegexOptions.Multiline | RegexOptions.CultureInvariant)]
    private static partial Regex OptionLine();
}
