using TurkishLlm.Training;

namespace TurkishLlm.Cli;

/// <summary>A quantity of a run, in words.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Value">Its value for a run; – where there is none.</param>
internal sealed record RunFact(string Name, Func<RunRecord, string> Value);

/// <summary>What is told of every run, in the order of a table.</summary>
internal static class RunFacts
{
    public static IReadOnlyList<RunFact> All { get; } =
    [
        new("parameters", run => Show.Count(run.Plan.Model.ParameterCount)),
        new("steps", run => $"{Show.Count(run.Reached)} of {Show.Count(run.Plan.Training.Steps)}"),
        new("tokens", run => run.Progress.Last is { } last ? Show.Count(last.Tokens) : "–"),
        new("last loss", run => Number(run.Progress.Last?.Loss)),
        new("smoothed loss", run => Number(run.Progress.SmoothedLoss)),
        new("validation loss", run => Number(run.Progress.LastValidation?.ValidationLoss)),
        new("lowest validation", run => run.Steps.Where(line => line.ValidationLoss is not null).MinBy(line => line.ValidationLoss) is { } best
            ? $"{Number(best.ValidationLoss)} at step {Show.Count(best.Step)}" : "–"),
        new("bits per byte", run => Number(run.Progress.LastValidation?.ValidationBitsPerByte)),
        new("tokens a second", run => double.IsFinite(run.Progress.TokensPerSecond) ? Show.Rate(run.Progress.TokensPerSecond) : "–"),
        new("of peak FLOP/s", run => run.Progress.PeakShare is { } share ? Show.Percent(share) : "–"),
        new("most memory", run => run.Progress.Last is { } last ? Show.Bytes(last.MemoryBytes) : "–"),
        new("time", run => run.Progress.Last is { } last ? Show.Time(last.WallSeconds ?? last.Seconds) : "–"),
        new("cost", run => run.Progress.Cost is { } cost ? Show.Money(cost, run.Progress.Currency) : "–"),
    ];

    /// <summary>How far a run had to go to a training loss.</summary>
    public static IReadOnlyList<RunFact> To(double loss) =>
    [
        new(Show.Text($"steps to loss {loss:F4}"), run => run.FirstAt(loss) is { } line ? Show.Count(line.Step) : "not reached"),
        new("tokens to it", run => run.FirstAt(loss) is { } line ? Show.Count(line.Tokens) : "–"),
        new("time to it", run => run.FirstAt(loss) is { } line ? Show.Time(line.WallSeconds ?? line.Seconds) : "–"),
    ];

    private static string Number(double? value) => value is { } number && double.IsFinite(number) ? Show.Text($"{number:F4}") : "–";
}
