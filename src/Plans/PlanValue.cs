using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using TurkishLlm.Data.Corpus;
using TurkishLlm.Data.FineTuning;
using TurkishLlm.Data.Privacy;
using TurkishLlm.Evaluation.Rewards;
using TurkishLlm.Evaluation.Tasks;
using TurkishLlm.Model.Layers;
using TurkishLlm.Model.Lora;
using TurkishLlm.Plans.Chains;
using TurkishLlm.Tokenization.Chat;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace TurkishLlm.Plans;

/// <summary>A type of plan values that are no sections. Quotes make text: a number in quotes is not a number.</summary>
/// <param name="name">Name of the type in help texts.</param>
/// <param name="read">Returns the value, and null or what is wrong, to follow "training.steps is …".</param>
/// <param name="write">Formats a value as YAML.</param>
/// <param name="jsonSchema">Creates the JSON Schema of the type.</param>
/// <typeparam name="T">.NET type of the values.</typeparam>
internal sealed class PlanValue<T>(
    string name, Func<YamlNode, (T Value, string? Wrong)> read, Func<T, string> write, Func<JsonObject> jsonSchema)
    : PlanType<T>
{
    public override string Name => name;

    public override bool IsNumeric => default(T) is int or long or double;

    /// <summary>Makes the relative paths of a value absolute; null for types without paths.</summary>
    public Func<T, string, T>? ResolveAgainst { get; init; }

    /// <summary>Converts a value to JSON.</summary>
    public Func<T, JsonNode?> ConvertToJson { get; init; } = static value => value switch
    {
        bool flag => flag,
        int number => number,
        long number => number,
        double number => number,
        IEnumerable<string> texts => new JsonArray([.. texts.Select(text => JsonValue.Create(text))]),
        _ => value?.ToString(),
    };

    /// <summary>Returns the value of a node, and null or what is wrong with it.</summary>
    public (T Value, string? Wrong) Parse(YamlNode node) => read(node);

    /// <summary>A type that wraps the values of this one.</summary>
    public PlanValue<TOuter> Wrap<TOuter>(Func<T, TOuter> wrap, Func<TOuter, T> unwrap) => new(
        name,
        node => read(node) is var (value, wrong) ? (wrap(value), wrong) : default,
        value => write(unwrap(value)),
        jsonSchema)
    {
        ConvertToJson = value => ConvertToJson(unwrap(value)),
    };

    internal override object? Read(PlanNode node)
    {
        var (value, wrong) = read(node.Value!);
        if (wrong is not null) node.ReportUnreadable($"{node.Path} is {wrong}.");
        return value;
    }

    internal override string Write(object value) => write((T)value);

    internal override object? ResolvePaths(object? value, string? directory) =>
        directory is null || ResolveAgainst is null || value is null ? value : ResolveAgainst((T)value, directory);

    internal override IEnumerable<PlanInput> GetPaths(object value, string? key) =>
        ResolveAgainst is null ? []
        : value switch
        {
            string path => [new(key!, [path])],
            IReadOnlyList<string> { Count: > 0 } paths => [new(key!, paths)],
            _ => [],
        };

    internal override JsonObject ToJsonSchema() => jsonSchema();

    internal override JsonNode? ToJson(object value) => ConvertToJson((T)value);
}

/// <summary>The types of plan values.</summary>
internal static partial class PlanValue
{
    private static readonly string[] ByteUnits = ["KB", "MB", "GB"];
    private static readonly string[] Reserved = ["true", "false", "null", "yes", "no", "on", "off"];

    public static PlanValue<int> Integer { get; } = Scalar("whole number", "integer", (string text, out int value) =>
        int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value) && !HasLeadingZero(text));

    public static PlanValue<long> Count { get; } = Scalar("whole number", "integer", (string text, out long value) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value) && !HasLeadingZero(text));

    public static PlanValue<double> Number { get; } = Scalar("number", "number", (string text, out double value) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value));

    public static PlanValue<bool> Boolean { get; } = new(
        "true or false", node => ReadScalar(node, "true or false", (string text, out bool value) =>
            (value = text == "true") || text == "false"),
        value => value ? "true" : "false", () => new() { ["type"] = "boolean" });

    /// <summary>A size such as 310MB: bytes, kilobytes (KB), megabytes (MB) or gigabytes (GB), with decimal prefixes.</summary>
    public static PlanValue<long> Bytes { get; } = new(
        "size, for example 310MB", node => ReadScalar<long>(node, "a size, such as 310MB", TryParseBytes),
        value => PlanWriter.FormatNumber(value),
        () => new() { ["type"] = Types("integer", "string"), ["pattern"] = "^[0-9]*\\.?[0-9]+ *(KB|MB|GB)$" });

    public static PlanValue<string> Text { get; } = new(
        "text",
        node => node is YamlScalarNode scalar && !IsEmpty(scalar)
            ? (scalar.Value!, null) : ("", $"{Show(node)}, but it must be text"),
        PlanWriter.FormatText, CreateTextSchema);

    public static PlanValue<IReadOnlyList<string>> Texts { get; } = new(
        "list of texts",
        node => node is YamlSequenceNode list && list.Children.All(item => item is YamlScalarNode scalar && !IsEmpty(scalar))
            ? ([.. list.Children.Select(item => ((YamlScalarNode)item).Value!)], null)
            : ([], $"{Show(node)}, but it must be a list of texts, such as [Merhaba, Stok]"),
        PlanWriter.FormatTexts, () => new() { ["type"] = "array", ["items"] = CreateTextSchema() });

    /// <summary>A file or a folder; relative to the directory that the reader is given.</summary>
    public static PlanValue<string> Path { get; } = CreatePath("path", Text.Parse);

    /// <summary>A folder in which {name} is replaced by the name of the run.</summary>
    public static PlanValue<string> RunFolder { get; } = CreatePath("path, with {name} for the name of the run", node =>
    {
        var (text, wrong) = Text.Parse(node);
        var hasOtherBraces = text.Replace("{name}", "", StringComparison.Ordinal).AsSpan().ContainsAny('{', '}');
        return hasOtherBraces ? ("", $"{text}; only {{name}} is allowed in braces") : (text, wrong);
    });

    public static PlanValue<IReadOnlyList<string>> Paths { get; } = new(
        "list of paths", Texts.Parse, PlanWriter.FormatTexts, Texts.ToJsonSchema)
    {
        ResolveAgainst = (paths, directory) => [.. paths.Select(path => ResolvePath(path, directory))],
    };

    /// <summary>One path, or a list of them.</summary>
    public static PlanValue<IReadOnlyList<string>> PathOrPaths { get; } = new(
        "path or list of paths",
        node => node is YamlScalarNode scalar && !IsEmpty(scalar) ? ([scalar.Value!], null)
            : Texts.Parse(node) is (var paths, null) ? (paths, null)
            : ([], $"{Show(node)}, but it must be a path or a list of paths, such as [a.jsonl, b.jsonl]"),
        PlanWriter.FormatTexts,
        () => new() { ["oneOf"] = new JsonArray(CreateTextSchema(), Texts.ToJsonSchema()) })
    {
        ResolveAgainst = Paths.ResolveAgainst,
    };

    public static PlanValue<DeviceChoice> Device { get; } = new(
        "auto, cpu, cuda or cuda:N",
        node => node is YamlScalarNode { Value: { } text } && DeviceChoice.TryParse(text, out var choice)
            ? (choice, null) : (default, $"{Show(node)}, but it must be auto, cpu, cuda or cuda:N"),
        device => PlanWriter.FormatText(device.ToString()),
        () => new() { ["type"] = "string", ["pattern"] = "^(auto|cpu|cuda(:[0-9]+)?)$" })
    {
        ConvertToJson = device => device.ToString(),
    };

    public static PlanValue<InvalidText> Invalid { get; } = Choice(InvalidText.Refuse, InvalidText.SkipDocument);

    public static PlanValue<PersonalDataAction> PersonalData { get; } =
        Choice(PersonalDataAction.Keep, PersonalDataAction.Mask, PersonalDataAction.Drop);

    public static PlanValue<ComputeType> Compute { get; } = Choice(ComputeType.Float32, ComputeType.BFloat16);

    public static PlanValue<DivergenceAction> DivergenceAction { get; } = Choice(Enum.GetValues<DivergenceAction>());

    public static PlanValue<ActivationCheckpointing> Checkpointing { get; } = Choice(Enum.GetValues<ActivationCheckpointing>());

    public static PlanValue<OptimizerKind> Optimizer { get; } = Choice(Enum.GetValues<OptimizerKind>());

    public static PlanValue<ScheduleKind> Schedule { get; } = Choice(Enum.GetValues<ScheduleKind>());

    public static PlanValue<DecayShape> Decay { get; } = Choice(DecayShape.Linear, DecayShape.Sqrt);

    public static PlanValue<Supervision> Supervise { get; } = Choice(Supervision.All, Supervision.Completion, Supervision.Last);

    public static PlanValue<ChatFormat> ChatTemplate { get; } = new(
        $"{string.Join(", ", ChatFormat.All.SkipLast(1))} or {ChatFormat.All[^1]}",
        node => node is not YamlScalarNode { Value: { } text }
            ? (ChatFormat.TurkishLlm, $"{Show(node)}, but it must be one word")
            : ChatFormat.Find(text) is { } format
                ? (format, null)
                : (ChatFormat.TurkishLlm, $"\"{text}\", but it must be {string.Join(" or ", ChatFormat.All)}"),
        format => format.Name, () => CreateChoiceSchema(ChatFormat.All.Select(format => format.Name)));

    public static PlanValue<ExcessLengthStrategy> ExcessLength { get; } =
        Choice(ExcessLengthStrategy.Drop, ExcessLengthStrategy.Truncate);

    public static PlanValue<RowChoice> RowChoice { get; } = Choice(Enum.GetValues<RowChoice>());

    public static PlanValue<MissAction> MissAction { get; } = Choice(Enum.GetValues<MissAction>());

    public static PlanValue<ChoiceNormalization> ChoiceNormalization { get; } = Choice(Enum.GetValues<ChoiceNormalization>());

    public static PlanValue<AdvantageKind> Advantage { get; } = Choice(Enum.GetValues<AdvantageKind>());

    public static PlanValue<LossNormalization> Normalization { get; } = Choice(Enum.GetValues<LossNormalization>());

    public static PlanValue<LengthUnit> LengthUnit { get; } = Choice(Enum.GetValues<LengthUnit>());

    public static PlanValue<CurriculumOrder> Order { get; } = Choice(CurriculumOrder.None, CurriculumOrder.EasyFirst);

    public static PlanValue<ModelPreset> Preset { get; } = Choice(ModelPreset.V1, ModelPreset.V2, ModelPreset.Toy);

    public static PlanValue<IReadOnlyList<LoraTarget>> Targets { get; } = CreateList(
        LoraConfig.AllTargets, targets => (IReadOnlyList<LoraTarget>)[.. targets], targets => targets, minItems: 1);

    public static PlanValue<LogFormats> Logging { get; } = CreateList(
        [LogFormats.TensorBoard, LogFormats.Csv],
        formats => formats.Aggregate(LogFormats.None, (all, format) => all | format),
        all => new[] { LogFormats.TensorBoard, LogFormats.Csv }.Where(format => all.HasFlag(format)), minItems: 0);

    /// <summary>True for words that mean something else than text.</summary>
    public static bool IsReserved(string text) => Reserved.Contains(text, StringComparer.OrdinalIgnoreCase);

    private delegate bool TryParse<T>(string text, out T value);

    private static PlanValue<T> Scalar<T>(string name, string jsonType, TryParse<T> parse) where T : struct, IFormattable => new(
        name, node => ReadScalar(node, $"a {name}", parse), value => PlanWriter.FormatNumber(value),
        () => new() { ["type"] = jsonType });

    private static (T Value, string? Wrong) ReadScalar<T>(YamlNode node, string expected, TryParse<T> parse) =>
        node is YamlScalarNode { Style: ScalarStyle.Plain, Value: { } text } && parse(text, out var value)
            ? (value, null) : (default!, $"{Show(node)}, but it must be {expected}{SuggestNumber(node, expected)}");

    private static PlanValue<T> Choice<T>(params T[] choices) where T : struct, Enum
    {
        var names = choices.Select(PlanWriter.GetName).ToArray();
        return new($"{string.Join(", ", names[..^1])} or {names[^1]}", Read, PlanWriter.GetName, () => CreateChoiceSchema(names))
        {
            ConvertToJson = choice => PlanWriter.GetName(choice),
        };

        (T Value, string? Wrong) Read(YamlNode node) => node is not YamlScalarNode { Value: { } text }
            ? (default, $"{Show(node)}, but it must be one word")
            : Array.IndexOf(names, text) is >= 0 and var index
                ? (choices[index], null)
                : (default, $"\"{text}\", but it must be {string.Join(" or ", names)}");
    }

    private static PlanValue<T> CreateList<T, TItem>(
        IReadOnlyList<TItem> items, Func<IEnumerable<TItem>, T> collect, Func<T, IEnumerable<TItem>> split, int minItems)
        where TItem : struct, Enum
    {
        string[] names = [.. items.Select(PlanWriter.GetName)];
        return new(
            $"list of {string.Join(", ", names)}", Read, list => $"[{string.Join(", ", split(list).Select(PlanWriter.GetName))}]",
            () =>
            {
                var schema = new JsonObject { ["type"] = "array", ["items"] = CreateChoiceSchema(names) };
                if (minItems > 0) schema["minItems"] = minItems;
                schema["uniqueItems"] = true;
                return schema;
            })
        {
            ConvertToJson = list => new JsonArray([.. split(list).Select(item => JsonValue.Create(PlanWriter.GetName(item)))]),
        };

        (T Value, string? Wrong) Read(YamlNode node)
        {
            var (words, wrong) = Texts.Parse(node);
            if (wrong is not null)
                return (collect([]), $"{Show(node)}, but it must be a list of some of {string.Join(", ", names)}");
            return words.FirstOrDefault(word => !names.Contains(word)) is { } unknown
                ? (collect([]), $"a list with \"{unknown}\" in it, but it must be one of {string.Join(", ", names)}")
                : (collect(words.Select(word => items[Array.IndexOf(names, word)])), null);
        }
    }

    private static PlanValue<string> CreatePath(string name, Func<YamlNode, (string Value, string? Wrong)> read) =>
        new(name, read, PlanWriter.FormatText, CreateTextSchema) { ResolveAgainst = ResolvePath };

    private static string ResolvePath(string path, string directory) =>
        path.Length == 0 ? "" : System.IO.Path.GetFullPath(path, directory);

    private static bool TryParseBytes(string text, out long value)
    {
        var power = Array.FindIndex(ByteUnits, unit => text.EndsWith(unit, StringComparison.Ordinal));
        var number = power < 0 ? text : text[..^2].TrimEnd();
        var isNumber = decimal.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var size)
            && (size *= (decimal)Math.Pow(1000, power + 1)) is >= 1 and < long.MaxValue;
        value = isNumber ? (long)size : 0;
        return isNumber;
    }

    // Unquoted numbers and truth values are text where a plan expects text.
    private static JsonObject CreateTextSchema() => new() { ["type"] = Types("string", "number", "boolean"), ["minLength"] = 1 };

    /// <summary>Creates the JSON Schema of text that must be one of several names.</summary>
    public static JsonObject CreateChoiceSchema(IEnumerable<string> names) => new() { ["enum"] = Types([.. names]) };

    private static JsonArray Types(params string[] names) => [.. names.Select(name => JsonValue.Create(name))];

    private static bool IsEmpty(YamlScalarNode scalar) =>
        scalar.Style == ScalarStyle.Plain && scalar.Value is null or "" or "~" or "null";

    private static string Show(YamlNode node) => node switch
    {
        YamlScalarNode scalar when IsEmpty(scalar) => "empty",
        YamlScalarNode { Style: ScalarStyle.Plain } scalar => scalar.Value!,
        YamlScalarNode scalar => $"the text \"{scalar.Value}\"",
        YamlSequenceNode => "a list",
        _ => "a section",
    };

    // YAML 1.1 reads 0100 as 64 and 1_000 as 1000, YAML 1.2 reads 100 and a text: neither is meant for certain.
    private static bool HasLeadingZero(string text) =>
        text.TrimStart('-', '+') is ['0', _, ..] digits && digits.All(char.IsAsciiDigit);

    private static string SuggestNumber(YamlNode node, string expected)
    {
        if (node is not YamlScalarNode { Value: { } text }) return "";
        if (expected == "true or false" && text.ToLowerInvariant() is "yes" or "on" or "y" or "1" or "true") return ": true";
        if (expected == "true or false" && text.ToLowerInvariant() is "no" or "off" or "n" or "0" or "false") return ": false";
        if (expected == "a whole number")
        {
            if (HasLeadingZero(text)) return " without leading zeros";
            if (Grouped().IsMatch(text)) return $", without separators: {Separators().Replace(text, "")}";
            if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
                && text.Contains('e', StringComparison.OrdinalIgnoreCase) && value == Math.Floor(value) && Math.Abs(value) < 1e15)
                return string.Create(CultureInfo.InvariantCulture, $", without an exponent: {value:F0}");
        }
        return text.Count(c => c == ',') == 1
            && double.TryParse(text.Replace(',', '.'), NumberStyles.Float, CultureInfo.InvariantCulture, out _)
                ? $"; decimals follow a point: {text.Replace(',', '.')}" : "";
    }

    [GeneratedRegex("^[0-9]{1,3}([._, '][0-9]{3})+$")]
    private static partial Regex Grouped();

    [GeneratedRegex("[^0-9]")]
    private static partial Regex Separators();
}
