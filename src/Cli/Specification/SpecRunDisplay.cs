using TurkishLlm.Cli.Options;
using TurkishLlm.Cli.Terminal;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Specification;

namespace TurkishLlm.Cli.Specification;

/// <summary>Prints judgments as they arrive: one line per requirement under its area, and in the end what to do.</summary>
/// <param name="display">Receives the text.</param>
/// <param name="plan">The plan as the user typed it; null for the built-in plan.</param>
/// <param name="verbose">True to print every case.</param>
/// <param name="html">HTML file to write in the end; null for none.</param>
internal sealed class SpecRunDisplay(Display display, string? plan, bool verbose, string? html = null) : IProgress<Judgment>
{
    private readonly List<Judgment> _cases = [];
    private string? _area;

    /// <summary>Prints a requirement after its last case.</summary>
    public void Report(Judgment value)
    {
        _cases.Add(value);
        if (!value.IsLast) return;
        WriteRequirement(value.Requirement);
        _cases.Clear();
    }

    /// <summary>Prints how many requirements hold, or which fail and what to do about it.</summary>
    /// <exception cref="PlanGateClosedException">A requirement fails.</exception>
    public void WriteSummary(PlanGateReport report)
    {
        display.WriteLine();
        HtmlFile.Write(display, html, () => SpecRunPage.Render(report, plan));
        if (!report.IsOpen)
        {
            foreach (var line in DescribeFailure(report)) display.WriteWarning(line);
            throw new PlanGateClosedException(report);
        }
        var holding = Format.Count(report.RequirementCount, "requirement holds", "requirements hold");
        var nearest = report
            .Judgments.Where(judgment => judgment.Verdict.Margin is not null)
            .MaxBy(judgment => judgment.Verdict.Margin);
        var bound = nearest is null
            ? ""
            : Format.Invariant($"; nearest to its bound: {nearest.Requirement.Id} at {nearest.Verdict.Margin:P0}");
        display.WriteSuccess(
            $"{holding} on {report.Device}, {report.Compute} ({Format.Count(report.Judgments.Count, "check")}, "
            + $"{Format.Duration(report.Elapsed.TotalSeconds)}){bound}.");
        display.WriteLine(GateText.DescribeData(report.Data));
    }

    private void WriteRequirement(Requirement requirement)
    {
        var area = RequirementCatalog.GetArea(requirement);
        if (area != _area)
        {
            if (_area is null) display.WriteLine("verdict  id       margin  requirement");
            display.WriteLine();
            display.WriteHeading(area);
            _area = area;
        }
        var verdict = _cases.TrueForAll(judgment => judgment.Verdict.Holds) ? "holds" : "FAILS";
        var margin = _cases.Max(judgment => judgment.Verdict.Margin) is { } largest ? Format.Invariant($"{largest:P0}") : "–";
        display.WriteLine($"{verdict,-7}  {requirement.Id,-7}  {margin,6}  {requirement.Statement}");
        if (!verbose) return;
        foreach (var judgment in _cases)
            display.WriteLine(
                Format.Invariant($"{"", 26}{judgment.CaseName}: {judgment.Verdict.Evidence} ")
                    + Format.Invariant($"({judgment.Elapsed.TotalMilliseconds:F0} ms)"));
    }

    private IEnumerable<string> DescribeFailure(PlanGateReport report)
    {
        var failed = string.Join(',', report.FailedJudgments.Select(judgment => judgment.Requirement.Id).Distinct());
        var (run, doctor) = ($"{display.Program} spec run", $"{display.Program} doctor");
        yield return $"Failed: {failed}. No training can start under these conditions.";
        if (!verbose)
            yield return $"To see what was measured on every case: {run} {(plan is null ? "" : plan + " ")}--only {failed} "
                + "--verbose";
        if (plan is null)
        {
            yield return "The built-in plan is correct, so this build or its libtorch computes wrong results: build again "
                + "from a clean "
                + $"checkout, check the machine with {doctor}, and report the failure with this output.";
            yield break;
        }
        yield return $"To find the cause, judge the same requirements under the built-in plan: {run} --only {failed}";
        yield return $"If they hold there, check the plan, its tokenizer, its data and its device ({doctor} {plan}); "
            + "if they fail there too, this build or its libtorch computes wrong results.";
    }
}
