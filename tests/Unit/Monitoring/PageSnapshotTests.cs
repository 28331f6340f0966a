using System.Text.RegularExpressions;
using FluentAssertions;
using TurkishLlm.Monitoring;
using TurkishLlm.Monitoring.Pages;
using TurkishLlm.Runs;
using TurkishLlm.Runs.Logs;
using TurkishLlm.Tests.Shared;
using TurkishLlm.Tests.Unit.Model;

namespace TurkishLlm.Tests.Unit.Monitoring;

/// <summary>Compares whole pages, each made from fixed records, with files. The style sheet is in one of them.</summary>
public sealed partial class PageSnapshotTests : IDisposable
{
    // Letters, control and direction characters, noncharacters, and their neighbors.
    private static readonly (int First, int Last)[] EncodedRanges =
    [
        (0, 0x40), (0x5B, 0x60), (0x7B, 0xA1), (0x11E, 0x11F), (0x2027, 0x202F), (0x2065, 0x206A), (0xFDCE, 0xFDF1),
        (0xFFFC, 0xFFFF), (0x1F469, 0x1F469), (0x1FFFD, 0x20000),
    ];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Report_of_pretraining() => Compare("ReportOfPretraining", Report(RecordedRuns.Pretraining(_folder / "run")));

    [Fact]
    public void Report_of_fine_tuning() => Compare("ReportOfFineTuning", Report(RecordedRuns.FineTuned(_folder / "run")));

    [Fact]
    public void Report_of_preference_training() =>
        Compare("ReportOfPreferences", Report(RecordedRuns.Preferences(_folder / "run")));

    [Fact]
    public void Report_of_a_single_step_and_of_none()
    {
        var one = RunFolderWriter.Write(
            _folder / "one", [new(1, 6.25, 3e-5, 0.75, 256, 1500, 0.5, 5L << 30)], "optimizer.gradient_clip=0");
        one.WriteGate("""{"device":"cpu"}""");
        Compare("ReportOfFewSteps", Report(one) + Report(RunFolderWriter.Write(_folder / "none", [])));
    }

    [Fact]
    public void A_page_shows_a_hundred_events_and_two_hundred_losses_that_are_not_finite()
    {
        var run = RunFolderWriter.Write(_folder / "run", Enumerable.Range(1, 210).Select(n => new StepMetrics(
            n, n is > 2 and < 208 ? double.NaN : 3 + 0.01 * n, 1e-3, 1, n * 256, 1000 + n, n, 1 << 20)));
        File.WriteAllLines(run.EventsFile, Enumerable.Range(1, 103).Select(n => $$"""
            {"step":{{n}},"kind":"spike","action":"logged","message":"m","values":{},"timestamp":"2026-11-20T14:03:24+00:00"}
            """));
        var page = PageCheck.Check(Report(run));
        page.QuerySelector("svg")!.QuerySelectorAll(".bad").Should().HaveCount(200);
        page.QuerySelector("svg")!.QuerySelectorAll(".event").Should().HaveCount(100);
        page.QuerySelectorAll(".events tbody th").Select(cell => cell.TextContent)
            .Should().HaveCount(100).And.StartWith("4").And.EndWith("103");
        page.QuerySelector(".events .soft")!.TextContent.Should().Be(
            "The last 100 of 103 events; events.jsonl has all of them.");
    }

    [Fact]
    public void Comparison_of_three_runs()
    {
        RunRecord[] runs =
        [
            RecordedRuns.Compared(_folder / "a", 40, 1), RecordedRuns.Compared(_folder / "b", 25, 1.75, "evaluation.windows=9"),
            RecordedRuns.Compared(
                _folder / "c", 33, 2.25, "optimizer.learning_rate=2e-3", "warm_start.checkpoint=runs/<eski>"),
        ];
        foreach (var (i, run) in runs.Index()) run.Folder.WriteGate($$"""{"tokenizer":"t{{i}}","data":"d{{i / 2}}"}""");
        Compare("ComparisonOfThreeRuns", ComparisonPage.RenderHtml(
            new(runs), [["step at the loss", "17", "–", "<9>"], ["loss", "4.5", "4.25", "3.0625"]]));
    }

    [Fact]
    public void Comparison_of_more_runs_than_letters() => Compare("ComparisonOfManyRuns", ComparisonPage.RenderHtml(
        new([.. Enumerable.Range(0, 28).Select(i => RecordedRuns.Compared(_folder / $"r{i}", i % 3, 0.5 + i * 0.25))]), []));

    [Fact]
    public void Building_blocks() => GoldenFile.Compare("BuildingBlocks", PageElements.Render(), "html");

    [Fact]
    public void Characters_that_are_encoded() => GoldenFile.Compare("EncodedCharacters", string.Concat(
        EncodedRanges.SelectMany(range => Enumerable.Range(range.First, range.Last - range.First + 1))
            .Select(code => (Code: code, Text: char.ConvertFromUtf32(code)))
            .Select(one => $"{one.Code:X4} {string.Join(' ', HtmlText.Encode($"a{one.Text}b").Select(Show))}\n")));

    private static string Show(char c) => c is > ' ' and < '\x7F' ? $"{c}" : $"{(int)c:X4}";

    private static string Report(RunFolder run) => RunReport.RenderHtml(RunRecord.Read(run));

    private void Compare(string name, string html)
    {
        const string start = "<!DOCTYPE html>\n";
        html.Should().StartWith(start);
        foreach (var page in html.Split(start)[1..]) PageCheck.Check(start + page);
        html = html.Replace(_folder.Path, "FOLDER", StringComparison.Ordinal);
        GoldenFile.Compare(name, StyleSheet().Replace(html, "<style></style>"), "html");
    }

    [GeneratedRegex("<style>.*?</style>", RegexOptions.Singleline)]
    private static partial Regex StyleSheet();
}
