using System.Text.Json;

namespace TurkishLlm.Training;

/// <summary>What a reader makes of a line of <c>events.jsonl</c>: something that happened in a run.</summary>
/// <param name="Step">When.</param>
/// <param name="Kind">What, in a word, such as <c>spike</c> or <c>rollback</c>.</param>
/// <param name="Text">Its message; where it has none, what else the line says.</param>
public sealed record EventLine(long Step, string Kind, string Text)
{
    /// <summary>
    /// The events of a run; none where there is no file. Whoever writes them decides what a line holds besides <c>step</c> and
    /// <c>kind</c>; a line without them is left out, because events only explain curves.
    /// </summary>
    public static IReadOnlyList<EventLine> Read(RunFolder folder)
    {
        ArgumentNullException.ThrowIfNull(folder);
        var file = Path.Combine(folder.FullPath, "events.jsonl");
        return !File.Exists(file) ? [] : [.. Lines(file).Select(Parse).OfType<EventLine>()];
    }

    // A run that is going on has the file open.
    private static IEnumerable<string> Lines(string file)
    {
        using var reader = new StreamReader(new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        while (reader.ReadLine() is { } line) yield return line;
    }

    private static EventLine? Parse(string line)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("step", out var step) || !root.TryGetProperty("kind", out var kind)) return null;
            if (step.ValueKind != JsonValueKind.Number || !step.TryGetInt64(out var number) || kind.ValueKind != JsonValueKind.String) return null;
            if (root.TryGetProperty("message", out var message) && message.ValueKind == JsonValueKind.String) return new(number, kind.GetString()!, message.GetString()!);
            var rest = root.EnumerateObject().Where(p => p.Name is not ("step" or "kind") && p.Value.ValueKind != JsonValueKind.Null);
            return new(number, kind.GetString()!, string.Join(", ", rest.Select(p => $"{p.Name.Replace('_', ' ')} {p.Value}")));
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
