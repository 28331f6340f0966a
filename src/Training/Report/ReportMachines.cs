using static TurkishLlm.Training.HtmlText;

namespace TurkishLlm.Training;

/// <summary>The part of a report that tells what a run was computed on, and what that cost.</summary>
internal static class ReportMachines
{
    public static string Html(RunRecord run)
    {
        if (run.Machines.Count == 0) return "";
        var parts = run.Machines.Select((machine, i) => (Machine: machine, Until: i + 1 < run.Machines.Count ? run.Machines[i + 1].AfterStep : run.Reached)).Where(part => part.Until > part.Machine.AfterStep || run.Machines.Count == 1);
        return $"<h2>Machine and money</h2>\n<div class=\"card gate\">{Money(run)}{string.Concat(parts.Select(part => $"<table>{Rows(Facts(part.Machine, part.Until))}</table>"))}</div>";
    }

    private static string Money(RunRecord run)
    {
        if (run.Progress is not { Last: { } last } progress) return "";
        var clock = RunProgress.Clock(last);
        var spent = progress.Cost is { } cost ? Text($" They cost {cost:F2} {Encode(progress.Currency)}").TrimEnd() + "." : " No price of an hour was given: `--hourly-rate` tells it.";
        return Text($"<p>{ShortNumber.Duration(clock)} on the clock, {ShortNumber.Duration(last.Seconds)} of them in steps that count; the rest is validation, samples, saving and steps lost to kills.{spent} Opening the gate and preparing data are not in it.</p>");
    }

    private static IEnumerable<(string, string)> Facts(Hardware machine, long until)
    {
        yield return ("steps", Text($"{machine.AfterStep + 1:N0} … {until:N0}"));
        yield return ("device", machine.Name.Length > 0 ? $"{machine.Device}, {machine.Name}" : machine.Device);
        if (machine.Peak is { } peak) yield return ("peak", peak.ToString());
        yield return ("processors", Text($"{machine.Processors}, {machine.Threads} threads"));
        yield return ("memory", ShortNumber.Bytes(machine.MemoryBytes));
        yield return ("libtorch", machine.Blas.Length > 0 ? $"{machine.Libtorch}, BLAS core {machine.Blas}" : machine.Libtorch);
        yield return ("system", $"{machine.OperatingSystem}, {machine.Runtime}");
        if (machine.HourlyRate is { } rate) yield return ("price of an hour", Text($"{rate} {machine.Currency}").TrimEnd());
    }
}
