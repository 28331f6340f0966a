using System.Globalization;
using System.Text;

namespace TurkishLlm.Tools.Mutation;

/// <summary>Prints the results of mutations, as a page and as lines.</summary>
internal static class MutationReport
{
    private const int MaxMessageLength = 150;

    /// <summary>Returns <c>docs/mutations.md</c>.</summary>
    public static string Markdown(IReadOnlyDictionary<string, MutantResult> trials)
    {
        var text = new StringBuilder(
            "# Mutation testing results\n\nWritten by `./run mutate`. Each planted bug (a mutant) is an edit "
                + "of the real code, built and judged by "
            + "the fast suite: the specification on a small plan, then the unit tests of that suite.\n");
        var all = MutationCatalog.All.Where(mutation => trials.ContainsKey(mutation.Id)).ToArray();
        text.Append(
            CultureInfo.InvariantCulture,
            $"\n{Summarize([.. all.Select(mutation => trials[mutation.Id])])} Bug ids are those of the catalog "
                + $"of silent bugs.\n");
        foreach (var (area, mutations) in MutationCatalog.Areas)
        {
            text.Append(
                CultureInfo.InvariantCulture,
                $"\n## {area}\n\n| mutant | bug | bug ids | killed by | message | seconds " + $"|\n|---|---|---|---|---|---|\n");
            foreach (var mutation in mutations)
            {
                var (by, message, seconds) = trials.TryGetValue(mutation.Id, out var trial)
                    ? (
                        trial.IsDetected ? trial.KilledBy : $"**{Describe(trial.Status)}** {trial.KilledBy}",
                        trial.Message,
                        trial.Seconds.ToString("F1", CultureInfo.InvariantCulture))
                    : ("**not tried**", "", "");
                text.Append(
                    CultureInfo.InvariantCulture,
                    $"| {mutation.Id} | {EscapeCell(mutation.Description)} | {string.Join(", ", mutation.BugIds)} "
                        + $"| {EscapeCell(by)} | {EscapeCell(Shorten(WithoutScratch(message)))} | {seconds} |\n");
            }
        }
        return text.ToString();
    }

    /// <summary>Returns a result as a line for the terminal.</summary>
    public static string FormatLine(MutantResult trial) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{Describe(trial.Status), -14} {trial.Seconds, 6:F1} s  {trial.Id}: {trial.KilledBy} " + $"{Shorten(trial.Message)}"
        );

    /// <summary>Counts the results by status.</summary>
    public static string Summarize(IReadOnlyCollection<MutantResult> trials)
    {
        var byTest = trials.Count(trial =>
            trial.IsDetected && trial.KilledBy.Contains('.', StringComparison.Ordinal));
        var killed = trials.Count(trial => trial.IsDetected);
        return string.Create(CultureInfo.InvariantCulture,
            $"{trials.Count} tried: {killed} killed ({killed - byTest} "
                + $"by a requirement, {byTest} by a unit test), {Count(MutantStatus.Survived)} survived, "
                + $"{Count(MutantStatus.Crashed)} crashed, {Count(MutantStatus.CompileError)} compile errors; "
                + $"{trials.Select(trial => trial.Seconds).DefaultIfEmpty().Average():F1} seconds each.");

        int Count(MutantStatus status) => trials.Count(trial => trial.Status == status);
    }

    private static string Describe(MutantStatus status) => status switch
    {
        MutantStatus.Killed => "killed",
        MutantStatus.Survived => "SURVIVED",
        MutantStatus.TimedOut => "timed out",
        MutantStatus.Crashed => "CRASHED",
        MutantStatus.Equivalent => "EQUIVALENT",
        _ => "COMPILE ERROR",
    };

    // The names of temporary folders differ from run to run.
    private static string WithoutScratch(string message) => message.Replace(Path.GetTempPath(), "…/", StringComparison.Ordinal);

    private static string Shorten(string message) =>
        message.Length <= MaxMessageLength ? message : message[..MaxMessageLength] + "…";

    private static string EscapeCell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal).ReplaceLineEndings(" ");
}
