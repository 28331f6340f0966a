using System.Text.Json;
using TurkishLlm.Files;
using static System.FormattableString;

namespace TurkishLlm.Runs.HuggingFace;

/// <summary>Results of <c>turkishllm evaluate --json</c> in a run folder, as rows of a table.</summary>
internal static class EvaluationFacts
{
    private static readonly (string Key, string Name)[] HeldOut =
    [
        ("text_loss", "loss on running text, nats per token"), ("bits_per_byte", "bits per byte of text"),
        ("answer_loss", "loss on answers, nats per token"),
    ];

    /// <summary>Reads the results for a step; other JSON files are ignored.</summary>
    /// <param name="run">The run folder.</param>
    /// <param name="step">Step of the checkpoint.</param>
    /// <param name="isAverage">True for results of the average of the weights.</param>
    public static IEnumerable<string> Read(RunFolder run, long? step, bool isAverage)
    {
        foreach (var file in Directory.EnumerateFiles(run.FullPath, "*.json").Order(StringComparer.Ordinal))
        {
            using var json = TryParse(file);
            if (json is null || !IsResult(json.RootElement, step, isAverage)) continue;
            var name = Path.GetFileNameWithoutExtension(file);
            foreach (var (what, value) in Read(json.RootElement)) yield return $"| {name}: {what} | {value} |";
        }
    }

    private static bool IsResult(JsonElement root, long? step, bool isAverage) =>
        root.ValueKind == JsonValueKind.Object && root.TryGetProperty("model", out _)
        && (root.TryGetProperty("held_out", out _) || root.TryGetProperty("metrics", out _))
        && root.TryGetProperty("step", out var of) && of.TryGetInt64(out var number) && number == step
        && (root.TryGetProperty("average", out var average) && average.ValueKind == JsonValueKind.True) == isAverage;

    private static IEnumerable<(string What, string Value)> Read(JsonElement root)
    {
        if (root.TryGetProperty("held_out", out var heldOut))
            foreach (var (key, what) in HeldOut)
                if (heldOut.TryGetProperty(key, out var value)) yield return (what, Invariant($"{value.GetDouble():F4}"));
        if (!root.TryGetProperty("metrics", out var metrics)) yield break;
        foreach (var metric in metrics.EnumerateArray())
            yield return (
                $"{metric.GetProperty("task").GetString()}, {metric.GetProperty("metric").GetString()}",
                Invariant($"{metric.GetProperty("value").GetDouble():F4} on {metric.GetProperty("rows").GetInt64():N0} rows"));
    }

    private static JsonDocument? TryParse(string file)
    {
        try
        {
            return StrictJson.ParseFile(file);
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }
}
