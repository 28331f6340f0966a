using TurkishLlm.Model;

namespace TurkishLlm.Plans;

/// <summary>Names of plan files.</summary>
internal static class PlanFiles
{
    /// <summary>Suggests a plan beside a missing file, as a sentence that begins with a space; empty for none.</summary>
    public static string Suggest(string file)
    {
        var folder = Path.GetDirectoryName(file) is { Length: > 0 } named ? named : ".";
        if (!Directory.Exists(folder)) return $" There is no folder {folder} either.";
        var plans = Directory
            .EnumerateFiles(folder, "*.yaml")
            .Select(path => Path.GetFileName(path))
            .Order(StringComparer.Ordinal)
            .ToArray();
        return plans.Length == 0 ? "" : SpellingSuggestions.FormatHint(Path.GetFileName(file), plans);
    }
}
