using TurkishLlm.Files;
using TurkishLlm.Monitoring.Progress;
using TurkishLlm.Runs;
using TurkishLlm.Runs.Logs;
using static System.FormattableString;

namespace TurkishLlm.Monitoring.Pages;

/// <summary>Renders the hardware and the cost of a run.</summary>
internal static class ReportMachines
{
    public static Html Render(RunRecord run)
    {
        if (run.Machines.Count == 0) return Html.Empty;
        var parts = run
            .Machines.Select(
                (machine, i) =>
                    (Machine: machine, Until: i + 1 < run.Machines.Count ? run.Machines[i + 1].AfterStep : run.LastStep))
            .Where(part => part.Until > part.Machine.AfterStep || run.Machines.Count == 1)
            .Select(part => HtmlPage.RenderValues(Facts(part.Machine, part.Until)));
        return Html.From($"<h2>Hardware and cost</h2>\n<div class=\"card\">{RenderCost(run)}{parts}</div>\n");
    }

    private static Html RenderCost(RunRecord run)
    {
        if (run.Progress is not { Last: { } last } progress) return Html.Empty;
        var clock = RunProgress.GetWallSeconds(last);
        var spent = progress.Cost is { } cost ? Invariant($" Cost: {cost:F2} {progress.Currency}").TrimEnd() + "."
            : " Pass `--hourly-rate` to train to see the cost.";
        return Html.From(
            $"""
            <p>Wall-clock time: {ShortNumber.FormatDuration(clock)}, of which {ShortNumber.FormatDuration(last.Seconds)} are training steps;
            the rest is validation, samples, checkpoints and steps lost to interruptions.{spent}
            The gate and data preparation are not included.</p>

            """);
    }

    private static IEnumerable<(string, string)> Facts(Hardware machine, long until)
    {
        yield return ("steps", Invariant($"{machine.AfterStep + 1:N0} … {until:N0}"));
        yield return ("device", machine.Name.Length > 0 ? $"{machine.Device}, {machine.Name}" : machine.Device);
        if (machine.Peak is { } peak) yield return ("peak", peak.ToString());
        yield return ("processors", Invariant($"{machine.Processors}, {Quantity.Format(machine.Threads, "thread")}"));
        yield return ("memory", ShortNumber.FormatBytes(machine.MemoryBytes));
        yield return ("libtorch", machine.Blas.Length > 0 ? $"{machine.Libtorch}, BLAS core {machine.Blas}" : machine.Libtorch);
        yield return ("system", $"{machine.OperatingSystem}, {machine.Runtime}");
        if (machine.HourlyRate is { } rate) yield return ("hourly rate", Invariant($"{rate} {machine.Currency}").TrimEnd());
    }
}
