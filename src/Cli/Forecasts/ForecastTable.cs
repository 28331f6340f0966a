using TurkishLlm.Cli.Options;
using TurkishLlm.Cli.Terminal;

namespace TurkishLlm.Cli.Forecasts;

/// <summary>Prints what steps will take, with totals.</summary>
internal static class ForecastTable
{
    private const string Unknown = "–";

    /// <summary>Writes the table and the sources of its numbers.</summary>
    public static void Write(Display display, IReadOnlyList<StepForecast> steps, MachineSettings machine)
    {
        string[] cost = machine.HourlyRate is null ? [] : ["cost"];
        string[] headings = ["step", "tokens", "tokens/s", "time", "memory", "disk", .. cost];
        var rows = steps.Select(step => Row(step, machine));
        display.WriteTable(headings, steps.Count > 1 ? [.. rows, Total(steps, machine)] : rows);
        foreach (var group in steps.Where(step => step.Source.Length > 0).GroupBy(step => step.Source))
            display.WriteLine($"{string.Join(", ", group.Select(step => step.Name))}: {group.Key}");
    }

    private static IReadOnlyList<string> Row(StepForecast step, MachineSettings machine) =>
    [
        step.Name,
        step.Tokens is { } tokens ? Format.Compact(tokens) : Unknown,
        step.TokensPerSecond is { } speed ? Format.Rate(speed) : Unknown,
        step.Seconds is { } seconds ? Format.Duration(seconds) : Unknown,
        step.MemoryBytes is { } memory ? Format.Bytes(memory) : Unknown,
        step.DiskBytes is { } disk ? Format.Bytes(disk) : Unknown,
        .. Cost(step.GetCost(machine.HourlyRate), machine),
    ];

    // A sum without all of its parts is a lower bound.
    private static IReadOnlyList<string> Total(IReadOnlyList<StepForecast> steps, MachineSettings machine)
    {
        var atLeast = steps.Any(step => step.Seconds is null) ? "≥ " : "";
        var cost = Cost(steps.Sum(step => step.GetCost(machine.HourlyRate) ?? 0), machine);
        return
        [
            "all",
            Format.Compact(steps.Sum(step => step.Tokens ?? 0)),
            "",
            atLeast + Format.Duration(steps.Sum(step => step.Seconds ?? 0)),
            Format.Bytes(steps.Max(step => step.MemoryBytes ?? 0)),
            Format.Bytes(steps.Sum(step => step.DiskBytes ?? 0)),
            .. cost.Select(text => atLeast + text),
        ];
    }

    private static string[] Cost(double? cost, MachineSettings machine) =>
        machine.HourlyRate is null ? [] : [cost is { } money ? Format.Money(money, machine.Currency) : Unknown];

    /// <summary>Returns the table as an object for JSON.</summary>
    public static object ToJson(IReadOnlyList<StepForecast> steps, MachineSettings machine) => new
    {
        Steps = steps.Select(step => new
        {
            step.Name,
            step.Tokens,
            TokensPerSecond = JsonOutput.Finite(step.TokensPerSecond),
            Seconds = JsonOutput.Finite(step.Seconds),
            step.MemoryBytes,
            step.DiskBytes,
            Cost = step.GetCost(machine.HourlyRate),
            step.Source,
        }),
        Tokens = steps.Sum(step => step.Tokens ?? 0),
        Seconds = steps.Sum(step => step.Seconds ?? 0),
        MemoryBytes = steps.Count == 0 ? 0 : steps.Max(step => step.MemoryBytes ?? 0),
        DiskBytes = steps.Sum(step => step.DiskBytes ?? 0),
        Cost = machine.HourlyRate is { } rate ? steps.Sum(step => step.GetCost(rate) ?? 0) : (double?)null,
        machine.Currency,
        IsComplete = steps.All(step => step.Seconds is not null),
    };
}
