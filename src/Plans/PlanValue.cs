using System.Globalization;
using TurkishLlm.Data.Corpus;
using TurkishLlm.Data.FineTuning;
using TurkishLlm.Model.Layers;
using TurkishLlm.Model.Lora;
using TurkishLlm.Tokenization.Chat;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace TurkishLlm.Plans;

/// <summary>How a value of a plan is written. Quotes make text: a number in quotes is not a number.</summary>
/// <typeparam name="T">What it is read as.</typeparam>
/// <param name="Read">The value, and null; or what is wrong, to follow "training.steps is …".</param>
internal sealed record PlanValue<T>(Func<YamlNode, (T Value, string? Wrong)> Read);

/// <summary>The kinds of values plans have.</summary>
internal static class PlanValue
{
    private static readonly string[] ByteUnits = ["KB", "MB", "GB"];
    private static readonly string[] Reserved = ["true", "false", "null", "yes", "no", "on", "off"];

    public static PlanValue<int> Integer { get; } = Scalar("a whole number", (string text, out int value) =>
        int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value));

    public static PlanValue<long> Count { get; } = Scalar("a whole number", (string text, out long value) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value));

    public static PlanValue<double> Number { get; } = Scalar("a number", (string text, out double value) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value));

    /// <summary>A size such as 310MB: bytes, or thousands (KB), millions (MB) or thousand millions (GB) of them.</summary>
    public static PlanValue<long> Bytes { get; } = Scalar("a size, such as 310MB", (string text, out long value) =>
    {
        var power = Array.FindIndex(ByteUnits, unit => text.EndsWith(unit, StringComparison.Ordinal));
        var number = power < 0 ? text : text[..^2].TrimEnd();
        var isNumber = decimal.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var size)
            && (size *= (decimal)Math.Pow(1000, power + 1)) is >= 1 and < long.MaxValue;
        value = isNumber ? (long)size : 0;
        return isNumber;
    });

    public static PlanValue<bool> Boolean { get; } = Scalar("true or false", (string text, out bool value) =>
        (value = text == "true") || text == "false");

    public static PlanValue<string> Text { get; } = new(node =>
        node is YamlScalarNode scalar && !IsEmpty(scalar) ? (scalar.Value!, null) : ("", $"{Show(node)}, but it must be text"));

    public static PlanValue<IReadOnlyList<string>> Texts { get; } = new(node =>
        node is YamlSequenceNode list && list.Children.All(item => item is YamlScalarNode scalar && !IsEmpty(scalar))
            ? ([.. list.Children.Select(item => ((YamlScalarNode)item).Value!)], null)
            : ([], $"{Show(node)}, but it must be a list of texts, such as [Merhaba, Stok]"));

    public static PlanValue<DeviceChoice> Device { get; } = new(node =>
        node is YamlScalarNode { Value: { } text } && DeviceChoice.TryParse(text, out var choice)
            ? (choice, null) : (default, $"{Show(node)}, but it must be auto, cpu, cuda or cuda:N"));

    public static PlanValue<InvalidText> Invalid { get; } = Choice(InvalidText.Refuse, InvalidText.SkipDocument);

    public static PlanValue<ComputeType> Compute { get; } = Choice(ComputeType.Float32, ComputeType.BFloat16);

    public static PlanValue<DivergenceAction> DivergenceAction { get; } = Choice(TurkishLlm.Plans.DivergenceAction.Log, TurkishLlm.Plans.DivergenceAction.Stop, TurkishLlm.Plans.DivergenceAction.Skip, TurkishLlm.Plans.DivergenceAction.Rollback);

    public static PlanValue<ScheduleKind> Schedule { get; } = Choice(ScheduleKind.Cosine, ScheduleKind.Linear);

    public static PlanValue<Supervision> Supervise { get; } = Choice(Supervision.All, Supervision.Completion, Supervision.Last);

    public static PlanValue<ExcessLengthStrategy> ExcessLength { get; } = Choice(TurkishLlm.Data.FineTuning.ExcessLengthStrategy.Drop, TurkishLlm.Data.FineTuning.ExcessLengthStrategy.Truncate);

    public static PlanValue<IReadOnlyList<LoraTarget>> Targets { get; } = new(node =>
    {
        var (words, wrong) = Texts!.Read(node);
        if (wrong is not null) return ([], $"{Show(node)}, but it must be a list of some of {string.Join(", ", LoraConfig.AllTargets.Select(PlanWriter.GetName))}");
        foreach (var word in words)
            if (!LoraConfig.AllTargets.Any(target => PlanWriter.GetName(target) == word)) return ([], $"a list with \"{word}\" in it, but it must be one of {string.Join(", ", LoraConfig.AllTargets.Select(PlanWriter.GetName))}");
        return ([.. words.Select(word => LoraConfig.AllTargets.First(target => PlanWriter.GetName(target) == word))], null);
    });

    public static PlanValue<ModelPreset> Preset { get; } = Choice(ModelPreset.V1, ModelPreset.V2, ModelPreset.Toy);

    /// <summary>True for words that mean something else than text.</summary>
    public static bool IsReserved(string text) => Reserved.Contains(text, StringComparer.OrdinalIgnoreCase);

    private delegate bool TryParse<T>(string text, out T value);

    private static PlanValue<T> Scalar<T>(string expected, TryParse<T> parse) => new(node =>
        node is YamlScalarNode { Style: ScalarStyle.Plain, Value: { } text } && parse(text, out var value)
            ? (value, null) : (default!, $"{Show(node)}, but it must be {expected}{DecimalPoint(node)}"));

    private static PlanValue<T> Choice<T>(params T[] choices) where T : struct, Enum => new(node =>
    {
        if (node is not YamlScalarNode { Value: { } text }) return (default, $"{Show(node)}, but it must be one word");
        foreach (var choice in choices)
            if (PlanWriter.GetName(choice) == text) return (choice, null);
        return (default, $"\"{text}\", but it must be {string.Join(" or ", choices.Select(PlanWriter.GetName))}");
    });

    private static bool IsEmpty(YamlScalarNode scalar) => scalar.Style == ScalarStyle.Plain && scalar.Value is null or "" or "~" or "null";

    private static string Show(YamlNode node) => node switch
    {
        YamlScalarNode scalar when IsEmpty(scalar) => "empty",
        YamlScalarNode { Style: ScalarStyle.Plain } scalar => scalar.Value!,
        YamlScalarNode scalar => $"the text \"{scalar.Value}\"",
        YamlSequenceNode => "a list",
        _ => "a section",
    };

    private static string DecimalPoint(YamlNode node) =>
        node is YamlScalarNode { Value: { } text } && text.Count(c => c == ',') == 1
        && double.TryParse(text.Replace(',', '.'), NumberStyles.Float, CultureInfo.InvariantCulture, out _)
            ? $"; decimals follow a point: {text.Replace(',', '.')}" : "";
}
