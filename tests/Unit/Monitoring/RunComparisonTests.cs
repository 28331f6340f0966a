using System.Xml.Linq;
using FluentAssertions;
using TurkishLlm.Monitoring;
using TurkishLlm.Monitoring.Pages;
using TurkishLlm.Runs.Logs;
using TurkishLlm.Tests.Unit.Model;

namespace TurkishLlm.Tests.Unit.Monitoring;

public sealed class RunComparisonTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Reports_every_key_that_differs_with_the_value_of_each_plan()
    {
        var comparison = new RunComparison([
            Run("a"), Run("b", 1, "optimizer.learning_rate=0.002"),
            Run("c", 1, "optimizer.learning_rate=0.002", "warm_start.checkpoint=runs/x", "name=other"),
        ]);
        comparison
            .PlanDifferences.Select(d => $"{d.Key}: {string.Join(" | ", d.Values.Select(v => v ?? "nothing"))}")
            .Should()
            .Equal(
            "optimizer.learning_rate: 0.001 | 0.002 | 0.002",
            "warm_start.checkpoint: nothing | nothing | runs/x", "warm_start.step: nothing | nothing | 0",
            "warm_start.keep_optimizer: nothing | nothing | false", "warm_start.grow_vocabulary: nothing | nothing | false");
    }

    [Fact]
    public void Equal_plans_have_no_differences_and_are_distinguished_by_their_folders()
    {
        var comparison = new RunComparison([Run("a"), Run("b")]);
        comparison.PlanDifferences.Should().BeEmpty();
        comparison.Labels.Should().Equal("a", "b");
        new RunComparison([Run("c", 1, "name=one"), Run("d", 1, "name=two")]).Labels.Should().Equal("one", "two");
        new RunComparison([Run("e/run"), Run("f/run")]).Labels.Should().Equal(_folder / "e/run", _folder / "f/run");
    }

    [Fact]
    public void Without_a_target_it_is_the_loss_that_all_have_reached()
    {
        RunRecord[] runs = [Run("a", pace: 1), Run("b", pace: 2)];
        var comparison = new RunComparison(runs);
        comparison.Target.Should().Be(runs[0].Progress.SmoothedLoss);
        runs.Select(run => run.FindFirstAtOrBelow(comparison.Target)!.Step).Should().Equal(60, 34);
        new RunComparison(runs, target: 5.5).Target.Should().Be(5.5);
    }

    [Fact]
    public void Warns_where_losses_are_not_of_the_same_thing()
    {
        var (a, b) = (Run("a"), Run("b", 1, "evaluation.windows=8"));
        new RunComparison([a, b])
            .Caveats.Should()
            .Equal(
                "evaluation.windows or training.sequence_length differ: validation losses are measured on different "
                    + "amounts of text or context.");
        File.WriteAllText(a.Folder.GateFile, """{"tokenizer":"aa","data":"1"}""");
        File.WriteAllText(b.Folder.GateFile, """{"tokenizer":"bb","data":"1"}""");
        new RunComparison([a, b])
            .Caveats.First()
            .Should()
            .Be("The tokenizers differ: a token is not the same amount of text, so compare bits per byte, not losses.");
        new RunComparison([a, a]).Caveats.Should().BeEmpty();
    }

    [Fact]
    public void Draws_the_runs_over_each_other_each_in_a_colour_of_its_own()
    {
        var comparison = new RunComparison([Run("a"), Run("b", pace: 2), Run("c", steps: 30)]);
        var html = ComparisonPage.RenderHtml(comparison, [["loss <smoothed>", "1", "2", "3"]]);
        var chart = XElement.Parse(
            html[
                html.IndexOf("<svg viewBox=\"0 0 1040", StringComparison.Ordinal)..(
                    html.IndexOf(
                        "</svg>",
                        html.IndexOf("<svg viewBox=\"0 0 1040", StringComparison.Ordinal),
                        StringComparison.Ordinal) + 6)
            ]);
        chart
            .Descendants("path")
            .Select(path => (string?)path.Attribute("class"))
            .Where(name => name?.StartsWith("line", StringComparison.Ordinal) == true)
            .Should()
            .Equal("line c0", "line c1", "line c2");
        html.Should().ContainAll("by step", "by tokens", "by time").And.NotContain("NaN");
        var page = PageCheck.Check(html);
        page.QuerySelectorAll(".legend").Should().HaveCount(3).And.OnlyContain(legend => legend.TextContent == "A: aB: bC: c");
        page.QuerySelector(".even tbody tr")!.Children.Select(cell => cell.TextContent)
            .Should().Equal("loss <smoothed>", "1", "2", "3");
        page.QuerySelectorAll(".slim svg .h tspan").Select(reading => reading.TextContent[..2]).Distinct()
            .Should().Equal("A ", "B ", "C ");
    }

    [Fact]
    public void A_run_without_steps_can_be_compared()
    {
        var comparison = new RunComparison([Run("a"), Run("b", steps: 0)]);
        comparison.Target.Should().Be(comparison.Runs[0].Progress.SmoothedLoss);
        ComparisonPage.RenderHtml(comparison, []).Should().Contain("line c0").And.NotContain("d=\"M\"");
    }

    private RunRecord Run(string name, double pace = 1, params string[] overrides) => Run(name, 60, pace, overrides);

    private RunRecord Run(string name, int steps, double pace = 1, params string[] overrides) =>
        RunRecord.Read(
            RunFolderWriter.Write(
                _folder / name,
        Enumerable
            .Range(1, steps)
            .Select(n => new StepMetrics(
                n, 6 - n * pace * 0.02, 1e-3, 1, n * 256, 1000, n, 1 << 20, n % 20 == 0 ? 6.1 - n * pace * 0.02 : null,
                n % 20 == 0 ? 2.2 : null, n * 1.5)),
        overrides));
}
