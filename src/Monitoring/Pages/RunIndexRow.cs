using TurkishLlm.Monitoring.Progress;
using TurkishLlm.Runs;
using static System.FormattableString;

namespace TurkishLlm.Monitoring.Pages;

/// <summary>A run in a list of runs.</summary>
/// <param name="Name">Name of the run: its folder.</param>
/// <param name="State">State of the run, such as "running".</param>
/// <param name="Summary">How far the run is, or what is wrong with its files; a list shows the first line.</param>
/// <param name="Written">Time of the last write; null if unknown.</param>
public sealed record RunIndexRow(string Name, string State, string Summary, DateTimeOffset? Written)
{
    /// <summary>State of a run with files that cannot be read.</summary>
    public const string Unreadable = "unreadable";

    /// <summary>True while a process trains or opens the gate.</summary>
    public bool IsRunning { get; private init; }

    /// <summary>Share of the steps that were taken, 0 … 1; null if unknown.</summary>
    public double? Progress { get; private init; }

    /// <summary>The training loss, as a small curve.</summary>
    public Html Curve { get; private init; } = Html.Empty;

    /// <summary>Names and values.</summary>
    public IReadOnlyList<(string Name, string Value)> Facts { get; private init; } = [];

    /// <summary>Describes a run.</summary>
    public static RunIndexRow FromRun(string name, RunRecord run, DateTimeOffset written)
    {
        ArgumentNullException.ThrowIfNull(run);
        var state = run.State;
        return new(name, state.Describe(), Invariant($"step {run.LastStep:N0} of {run.Plan.Training.Steps:N0}"), written)
        {
            IsRunning = state is RunState.Running or RunState.AtGate,
            Progress = Math.Min(1, (double)run.LastStep / run.Plan.Training.Steps),
            Curve = Sparkline.Render(
                Invariant($"training loss, smoothed, steps 1 to {run.LastStep:N0}"),
                run.Steps.Select(line => ((double)line.Step, line.Loss))),
            Facts = run.Progress.Last is null ? [] : [.. GetFacts(run, state)],
        };
    }

    /// <summary>Describes a new run that waits for its gate, and so has no files yet.</summary>
    public static RunIndexRow AtGate(string name) =>
        new(name, RunState.AtGate.Describe(), "The requirements are checked; training starts if all of them hold.", Written: null)
        {
            IsRunning = true,
        };

    private static IEnumerable<(string, string)> GetFacts(RunRecord run, RunState state)
    {
        var progress = run.Progress;
        if (progress.Divergence is not null) yield return ("trend", "diverging");
        yield return ("loss", PageNumber.Format(progress.SmoothedLoss));
        yield return ("validation", PageNumber.Format(progress.LastValidation?.ValidationLoss ?? double.NaN));
        yield return ("tokens/s", ShortNumber.Format(progress.TokensPerSecond));
        yield return state == RunState.Running && progress.EstimatedSecondsLeft is var left && double.IsFinite(left)
            ? ("time left", ShortNumber.FormatDuration(left))
            : ("time", ShortNumber.FormatDuration(RunProgress.GetWallSeconds(progress.Last!)));
        if (progress.Cost is { } cost) yield return ("cost", Invariant($"{cost:F2} {progress.Currency}").TrimEnd());
    }
}
