using System.Globalization;
using System.Text;

namespace TurkishLlm.Plans;

/// <summary>Writes plans as YAML, with every key in the order of <see cref="PlanSchema"/>.</summary>
public static class PlanWriter
{
    /// <summary>Returns the name of an enum value in plans.</summary>
    public static string GetName<T>(T choice) where T : struct, Enum => choice.ToString().ToLowerInvariant();

    /// <summary>Returns a plan as YAML text.</summary>
    public static string ToYaml(TrainingPlan plan)
    {
        var text = new StringBuilder();
        var section = "";
        foreach (var (key, value) in GetEntries(plan))
        {
            var dot = key.IndexOf('.', StringComparison.Ordinal);
            if (dot >= 0 && key[..dot] != section) text.Append('\n').Append(section = key[..dot]).Append(":\n");
            text.Append(dot < 0 ? "" : "  ").Append(key.AsSpan(dot + 1)).Append(": ").Append(value).Append('\n');
        }

        return text.ToString();
    }

    /// <summary>
    /// Returns the keys of a plan with their values. Keys of a section have dotted names; a deeper section is one value.
    /// </summary>
    public static IEnumerable<(string Key, string Value)> GetEntries(TrainingPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        foreach (var (key, value) in PlanSchema.Root.GetUsedValues(plan))
            if (key.Type.GetEntries(value) is { } entries)
                foreach (var entry in entries) yield return ($"{key.Name}.{entry.Key}", entry.Value);
            else
                yield return (key.Name, key.Type.Write(value));
    }

    internal static string FormatTexts(IEnumerable<string> values) => $"[{string.Join(", ", values.Select(FormatText))}]";

    internal static string FormatNumber(IFormattable value) => value.ToString(null, CultureInfo.InvariantCulture);

    /// <summary>Formats text without quotes if YAML reads it unchanged, otherwise in double quotes with escapes.</summary>
    internal static string FormatText(string value)
    {
        var plain = value.Length > 0 && char.IsLetter(value[0]) && !PlanValue.IsReserved(value)
            && value.All(c => char.IsLetterOrDigit(c) || c is '_' or '-' or '/' or '.');
        if (plain) return value;

        var text = new StringBuilder("\"");
        foreach (var c in value)
            if (c is '"' or '\\') text.Append('\\').Append(c);
            else if (char.IsControl(c) || c is '\u2028' or '\u2029' or '\uFEFF' or '\uFFFE' or '\uFFFF')
                text.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:X4}");
            else text.Append(c);
        return text.Append('"').ToString();
    }
}
