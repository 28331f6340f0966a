using System.Globalization;
using static System.FormattableString;

namespace TurkishLlm.Runs;

/// <summary>Which checkpoint of a run to use: the best, the last, or that of a step.</summary>
public sealed record CheckpointChoice
{
    private CheckpointChoice(string name, long? step = null) => (Name, Step) = (name, step);

    /// <summary>The best checkpoint by <c>checkpoints.best_by</c>; the last one if that was not measured.</summary>
    public static CheckpointChoice Best { get; } = new("best");

    /// <summary>The newest checkpoint.</summary>
    public static CheckpointChoice Last { get; } = new("last");

    /// <summary>The name: <c>best</c>, <c>last</c>, or a step such as <c>step-000100</c>.</summary>
    public string Name { get; }

    /// <summary>The step; null for the best and the last.</summary>
    public long? Step { get; }

    /// <summary>Parses <c>best</c>, <c>last</c>, <c>step-000100</c> or <c>100</c>; returns null for anything else.</summary>
    public static CheckpointChoice? TryParse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text == Best.Name) return Best;
        if (text == Last.Name) return Last;
        var digits = text.StartsWith("step-", StringComparison.Ordinal) ? text["step-".Length..] : text;
        return long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var step)
            ? new(Invariant($"step-{step:D6}"), step) : null;
    }

    /// <summary>
    /// Splits a path such as <c>runs/toy/best</c>, <c>runs/toy/last</c> or <c>runs/toy/step-000100</c> into run and choice;
    /// returns null for a path of another form, or one that exists.
    /// </summary>
    public static (RunFolder Run, CheckpointChoice Choice)? TrySplit(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (Path.Exists(path)) return null;
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        if (Path.GetDirectoryName(full) is not { } above || !File.Exists(Path.Combine(above, "plan.yaml"))) return null;
        return TryParse(Path.GetFileName(full)) is { } choice ? (RunFolder.OpenExisting(above), choice) : null;
    }
}
