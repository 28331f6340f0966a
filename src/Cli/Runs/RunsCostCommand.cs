using System.CommandLine;
using TurkishLlm.Cli.Options;
using TurkishLlm.Cli.Terminal;
using TurkishLlm.Model;

namespace TurkishLlm.Cli.Runs;

/// <summary><c>turkishllm runs cost</c></summary>
internal static class RunsCostCommand
{
    private const string Journal = "journal.jsonl";

    public static Command Create(Display display)
    {
        var folders = new Argument<string[]>("folder")
        {
            Description = "Folders to search, with their subfolders, for runs and synthesis folders (default: runs and synth).",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var rate = DecimalOption.CreateOptional(
            "--hourly-rate", "Price per hour of runs that recorded no rate, such as 2.38 (default: such runs have no cost).");
        var currency = new Option<string>("--currency") { Description = "Currency of --hourly-rate, such as USD." };
        var json = JsonOutput.CreateOption();
        var command = new Command("cost", "Sum the time, tokens and cost of all runs and syntheses.")
        {
            folders, rate, currency, json,
        };
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(rate) is < 0)
                throw new ConfigurationException(
                    Format.Invariant($"--hourly-rate is {parsed.GetValue(rate)}; it must be 0 or more."));
            var entries = Read(
                parsed.GetValue(folders) is { Length: > 0 } given ? RequireAll(given) : FindStandard(),
                parsed.GetValue(rate), parsed.GetValue(currency) ?? "");
            if (parsed.GetValue(json)) WriteJson(display, entries);
            else Write(display, entries);
        });
        return command;
    }

    private static string[] RequireAll(string[] folders) =>
        folders.FirstOrDefault(folder => !Directory.Exists(folder)) is { } missing
            ? throw new DirectoryNotFoundException($"The folder {missing} does not exist. Give folders with runs, such as runs.")
            : folders;

    private static string[] FindStandard() => [.. new[] { "runs", "synth" }.Where(Directory.Exists)];

    private static IReadOnlyList<CostEntry> Read(string[] folders, double? rate, string currency) =>
    [
        .. from folder in folders
           from run in RunFinder.FindAll(folder).OrderBy(run => run.FullPath, StringComparer.Ordinal)
           select CostEntry.ReadRun(GetName(folder, run.FullPath), run, rate, currency),
        .. from folder in folders
           from journal in Directory.EnumerateFiles(folder, Journal, SearchOption.AllDirectories).Order(StringComparer.Ordinal)
           select CostEntry.ReadSynthesis(GetName(folder, Path.GetDirectoryName(journal)!), journal),
    ];

    private static string GetName(string root, string folder)
    {
        var inner = Path.GetRelativePath(root, folder);
        return inner == "." ? Path.TrimEndingDirectorySeparator(root) : Path.Combine(root, inner);
    }

    private static void Write(Display display, IReadOnlyList<CostEntry> entries)
    {
        if (entries.Count == 0)
        {
            display.WriteLine($"No runs found. Start one: {display.Program} train configs/toy.yaml");
            return;
        }
        display.WriteTable(
            ["folder", "kind", "state", "tokens", "time", "cost"],
            [
                .. entries.Select(Row),
                ["all", "", "", Format.Count(entries.Sum(entry => entry.Tokens)), GetTime(entries), GetCost(entries)],
            ]);
        if (entries.Count(entry => entry is { Kind: "training", Cost: null, Tokens: > 0 }) is > 0 and var unpriced)
            display.WriteLine(
                $"{Format.Count(unpriced, "run")} without a rate, not in the sum; price them with --hourly-rate 2.38 "
                    + "--currency USD");
    }

    private static IReadOnlyList<string> Row(CostEntry entry) =>
    [
        Format.RelativePaths(entry.Name), entry.Kind, entry.State, Format.Count(entry.Tokens),
        entry.Seconds is { } seconds ? Format.Duration(seconds) : "–",
        entry.Cost is { } cost ? Format.Money(cost, entry.Currency) : "–",
    ];

    private static string GetTime(IReadOnlyList<CostEntry> entries) => Format.Duration(entries.Sum(entry => entry.Seconds ?? 0));

    // Amounts in different currencies are not added.
    private static IEnumerable<(string Currency, double Cost)> SumCosts(IReadOnlyList<CostEntry> entries) => entries
        .Where(entry => entry.Cost is not null)
        .GroupBy(entry => entry.Currency, StringComparer.Ordinal)
        .Select(group => (group.Key, group.Sum(entry => entry.Cost!.Value)))
        .Where(sum => sum.Item2 > 0);

    private static string GetCost(IReadOnlyList<CostEntry> entries) =>
        string.Join(" + ", SumCosts(entries).Select(sum => Format.Money(sum.Cost, sum.Currency)).DefaultIfEmpty("–"));

    private static void WriteJson(Display display, IReadOnlyList<CostEntry> entries) => JsonOutput.Write(display.Output, new
    {
        Entries = entries,
        Tokens = entries.Sum(entry => entry.Tokens),
        Seconds = entries.Sum(entry => entry.Seconds ?? 0),
        Costs = SumCosts(entries).ToDictionary(sum => sum.Currency, sum => sum.Cost),
    });
}
