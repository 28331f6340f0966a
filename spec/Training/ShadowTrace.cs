using System.Text.Json;
using TurkishLlm.Spec.Oracles.Training;

namespace TurkishLlm.Spec.Training;

/// <summary>What the files of a run hold: the state before its first step, and each step.</summary>
/// <param name="First">The state before the first step.</param>
/// <param name="Steps">The steps.</param>
public sealed record ShadowTrace(ShadowState First, IReadOnlyList<ShadowTraceStep> Steps);

/// <summary>A step as the files of a run show it.</summary>
/// <param name="Metrics">Every number of its line in <c>metrics.jsonl</c>, by its path, such as <c>preference.margin</c>.</param>
/// <param name="After">The state in the checkpoint after it.</param>
public sealed record ShadowTraceStep(IReadOnlyDictionary<string, double> Metrics, ShadowState After)
{
    /// <summary>Flattens a line of metrics.</summary>
    internal static Dictionary<string, double> Flatten(JsonElement line)
    {
        var numbers = new Dictionary<string, double>(StringComparer.Ordinal);
        Add(line, "");
        return numbers;

        void Add(JsonElement value, string path)
        {
            if (value.ValueKind == JsonValueKind.Number) numbers[path] = value.GetDouble();
            if (value.ValueKind != JsonValueKind.Object) return;
            foreach (var part in value.EnumerateObject())
                Add(part.Value, path.Length == 0 ? part.Name : $"{path}.{part.Name}");
        }
    }
}
