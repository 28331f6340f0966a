using System.Globalization;
using System.Text;

namespace TurkishLlm.Tests.Mutation;

/// <summary>The table of what became of every mutation.</summary>
internal static class Report
{
    private const int Shown = 150;

    /// <summary>As <c>docs/mutations.md</c>.</summary>
    public static string Markdown(IReadOnlyDictionary<string, Trial> trials)
    {
        var text = new StringBuilder("# Planted bugs\n\nWritten by `./run mutate`: each bug is an edit of the real code, built and judged by the fast suite: the specification on a small plan, then the unit tests marked for it.\n");
        var all = MutationCatalogue.All.Where(mutation => trials.ContainsKey(mutation.Id)).ToArray();
        text.Append(CultureInfo.InvariantCulture, $"\n{Sum(all.Select(mutation => trials[mutation.Id]).ToArray())} Rows are those of the catalogue of silent bugs.\n");
        foreach (var (area, mutations) in MutationCatalogue.Areas)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n## {area}\n\n| id | bug | rows | killed by | what it said | seconds |\n|---|---|---|---|---|---|\n");
            foreach (var mutation in mutations)
            {
                var (by, message, seconds) = trials.TryGetValue(mutation.Id, out var trial)
                    ? (trial.Fate == Fate.Killed ? trial.By : $"**{Words(trial.Fate)}** {trial.By}", trial.Message, trial.Seconds.ToString("F1", CultureInfo.InvariantCulture))
                    : ("**not tried**", "", "");
                text.Append(CultureInfo.InvariantCulture, $"| {mutation.Id} | {Cell(mutation.Says)} | {string.Join(", ", mutation.Rows)} | {Cell(by)} | {Cell(Short(WithoutScratch(message)))} | {seconds} |\n");
            }
        }
        return text.ToString();
    }

    /// <summary>One trial as a line for the terminal.</summary>
    public static string Line(Trial trial) =>
        string.Create(CultureInfo.InvariantCulture, $"{Words(trial.Fate),-14} {trial.Seconds,6:F1} s  {trial.Id}: {trial.By} {Short(trial.Message)}");

    /// <summary>How many of each fate.</summary>
    public static string Sum(IReadOnlyCollection<Trial> trials)
    {
        var byTest = trials.Count(trial => trial.Fate == Fate.Killed && trial.By.Contains('.', StringComparison.Ordinal));
        return string.Create(CultureInfo.InvariantCulture,
            $"{trials.Count} tried: {Count(Fate.Killed)} killed ({Count(Fate.Killed) - byTest} by a requirement, {byTest} by a unit test), {Count(Fate.Survived)} survived, {Count(Fate.Crashed)} crashed, {Count(Fate.DoesNotBuild)} did not build; {trials.Select(trial => trial.Seconds).DefaultIfEmpty().Average():F1} seconds each.");

        int Count(Fate fate) => trials.Count(trial => trial.Fate == fate);
    }

    private static string Words(Fate fate) => fate switch
    {
        Fate.Killed => "killed",
        Fate.Survived => "SURVIVED",
        Fate.Crashed => "CRASHED",
        _ => "DOES NOT BUILD",
    };

    // Tests work in folders whose names differ from run to run and from machine to machine.
    private static string WithoutScratch(string message) => message.Replace(Path.GetTempPath(), "…/", StringComparison.Ordinal);

    private static string Short(string message) => message.Length <= Shown ? message : message[..Shown] + "…";

    private static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal).ReplaceLineEndings(" ");
}
