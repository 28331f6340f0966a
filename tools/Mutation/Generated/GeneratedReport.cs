using System.Globalization;
using System.Text;
using static System.FormattableString;

namespace TurkishLlm.Tools.Mutation.Generated;

/// <summary>Prints the trials of generated mutants, as a page and as lines.</summary>
internal static class GeneratedReport
{
    private const int MaxTextLength = 160;

    /// <summary>Returns a trial as a line for the terminal.</summary>
    public static string FormatLine(MutantTrial trial) =>
        Invariant($"{Describe(trial), -17} {trial.Seconds, 6:F1} s  {trial.Key} {trial.File}:{trial.Line} {trial.Operator}: ")
        + $"{FormatEdit(trial)} | {trial.KilledBy} {Shorten(trial.Message)}";

    /// <summary>Returns <c>docs/random-mutants.md</c>.</summary>
    /// <param name="trials">The trials of the drawn mutants.</param>
    /// <param name="drawn">Number of drawn mutants.</param>
    /// <param name="options">How they were drawn.</param>
    /// <param name="generated">Number of mutants of each project that could be drawn.</param>
    public static string Markdown(
        IReadOnlyCollection<MutantTrial> trials, int drawn, GeneratedOptions options,
        IReadOnlyDictionary<string, int> generated)
    {
        var text = new StringBuilder("# Random mutants\n\n");
        var dates = trials.Select(trial => trial.Date).DefaultIfEmpty("never").ToArray();
        var projects = options.Projects.Count > 0 ? $" --project {string.Join(',', options.Projects)}" : "";
        text.Append(
            CultureInfo.InvariantCulture,
            $"Printed by `./run mutate --random {options.Count} --seed {string.Join(',', options.Seeds)}{projects} --report`. ")
            .Append(CultureInfo.InvariantCulture, $"Judged from {dates.Min()} to {dates.Max()}.\n\n")
            .Append(CultureInfo.InvariantCulture, $"{Summarize(trials, drawn - trials.Count)}\n\n{HowDrawn}\n");
        text.Append(
            "\n| project | mutants | drawn | killed by the fast suite | killed by other tests of the area | equivalent | "
            + "survived | score | seconds each |\n|---|---|---|---|---|---|---|---|---|\n");
        foreach (var (project, all) in generated.OrderBy(entry => entry.Key, StringComparer.Ordinal))
            AppendRow(text, $"`{project}`", all, [.. trials.Where(trial => trial.Project == project)]);
        AppendRow(text, "all", generated.Values.Sum(), trials);
        AppendOperators(text, trials);
        AppendList(text, "Survivors", trials.Where(trial => trial.Status == MutantStatus.Survived));
        AppendList(text, "Equivalent", trials.Where(trial => trial.Status == MutantStatus.Equivalent));
        AppendExclusions(text);
        return text.ToString();
    }

    /// <summary>Returns the score in a sentence; no score before all are judged, since what is killed is judged faster.</summary>
    /// <param name="trials">The trials.</param>
    /// <param name="open">Number of mutants that are not judged, or by the fast suite only.</param>
    public static string Summarize(IReadOnlyCollection<MutantTrial> trials, int open)
    {
        var (killed, equivalent) = (trials.Count(trial => trial.IsDetected), CountEquivalent(trials));
        return Invariant($"{trials.Count} mutants: {killed} killed, {trials.Count(IsFast)} of them by the fast suite, ")
            + Invariant($"{equivalent} equivalent, {trials.Count - killed - equivalent} survived; ")
            + (open > 0
                ? Invariant($"{open} more are not fully judged, so there is no score yet.")
                : Invariant($"score {Score(trials)} of {trials.Count - equivalent}."));
    }

    private const string HowDrawn =
        "The mutants are drawn from all that the operators make of the C# sources of `src`. Each project gets its share of "
        + "the number, rounded up, and at least 3; with `--project`, each given project gets the whole number. Within a project "
        + "all mutants are equally likely. A mutant that does not compile is replaced by the next. The score is killed ÷ (drawn "
        + "− equivalent). A mutant is killed if a requirement or test fails, throws, crashes, or takes more than ten times as "
        + "long as on the unchanged code. A mutant that the fast suite does not kill is judged by the other unit, property and "
        + "golden tests of its area, or those of them that run its code (`--reach`), before it counts as survived.";

    private static void AppendRow(StringBuilder text, string name, int all, IReadOnlyCollection<MutantTrial> trials)
    {
        var (killed, equivalent) = (trials.Count(trial => trial.IsDetected), CountEquivalent(trials));
        var seconds = trials.Select(trial => trial.Seconds).DefaultIfEmpty().Average();
        text.Append(
            CultureInfo.InvariantCulture,
            $"| {name} | {all} | {trials.Count} | {trials.Count(IsFast)} | {killed - trials.Count(IsFast)} | {equivalent} ")
            .Append(
                CultureInfo.InvariantCulture,
                $"| {trials.Count - killed - equivalent} | {Score(trials)} | {seconds:F1} |\n");
    }

    private static void AppendOperators(StringBuilder text, IEnumerable<MutantTrial> trials)
    {
        text.Append("\n## Operators\n\n| operator | drawn | killed | survived |\n|---|---|---|---|\n");
        foreach (var group in trials.GroupBy(trial => trial.Operator).OrderBy(group => group.Key, StringComparer.Ordinal))
            text.Append(
                CultureInfo.InvariantCulture,
                $"| {group.Key} | {group.Count()} | {group.Count(trial => trial.IsDetected)} ")
                .Append(
                    CultureInfo.InvariantCulture, $"| {group.Count(trial => trial.Status == MutantStatus.Survived)} |\n");
    }

    private static void AppendList(StringBuilder text, string title, IEnumerable<MutantTrial> trials)
    {
        var rows = trials.OrderBy(trial => trial.File, StringComparer.Ordinal).ThenBy(trial => trial.Line).ToArray();
        text.Append(CultureInfo.InvariantCulture, $"\n## {title}\n\n");
        if (rows.Length == 0)
        {
            text.Append("None.\n");
            return;
        }
        text.Append("| place | operator | edit | key |");
        text.Append(title == "Survivors" ? "\n|---|---|---|---|\n" : " reason |\n|---|---|---|---|---|\n");
        foreach (var trial in rows)
            text.Append(CultureInfo.InvariantCulture, $"| `{trial.File}:{trial.Line}` | {trial.Operator} | ")
                .Append(CultureInfo.InvariantCulture, $"`{EscapeCell(FormatEdit(trial))}` | {trial.Key} |")
                .Append(title == "Survivors" ? "\n" : $" {EscapeCell(trial.Message)} |\n");
    }

    private static void AppendExclusions(StringBuilder text)
    {
        text.Append("\n## Not mutated\n\n| what | reason |\n|---|---|\n");
        foreach (var (what, reason) in MutationExclusions.Reasons)
            text.Append(CultureInfo.InvariantCulture, $"| {what} | {reason} |\n");
    }

    private static bool IsFast(MutantTrial trial) => trial is { IsDetected: true, Stage: TrialStage.Fast };

    private static int CountEquivalent(IEnumerable<MutantTrial> trials) =>
        trials.Count(trial => trial.Status == MutantStatus.Equivalent);

    private static string Score(IReadOnlyCollection<MutantTrial> trials) =>
        trials.Count - CountEquivalent(trials) is > 0 and var judged
            ? Invariant($"{100.0 * trials.Count(trial => trial.IsDetected) / judged:F1} %")
            : "–";

    private static string Describe(MutantTrial trial) => trial.Status switch
    {
        MutantStatus.Killed => $"killed ({DescribeStage(trial)})",
        MutantStatus.TimedOut => $"endless ({DescribeStage(trial)})",
        MutantStatus.Crashed => $"crashed ({DescribeStage(trial)})",
        MutantStatus.Survived => trial.IsHalfJudged ? "not killed (fast)" : "SURVIVED",
        MutantStatus.Equivalent => "equivalent",
        _ => "does not compile",
    };

    private static string DescribeStage(MutantTrial trial) => trial.Stage == TrialStage.Fast ? "fast" : "area";

    private static string FormatEdit(MutantTrial trial) =>
        $"{Shorten(OneLine(trial.Original))} → {Shorten(OneLine(trial.Replacement))}";

    private static string OneLine(string text) =>
        string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    private static string Shorten(string text) => text.Length <= MaxTextLength ? text : text[..MaxTextLength] + "…";

    private static string EscapeCell(string text) =>
        text.Replace("|", "\\|", StringComparison.Ordinal).Replace('`', '\'').ReplaceLineEndings(" ");
}
