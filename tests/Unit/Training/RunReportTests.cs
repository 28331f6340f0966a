using System.Globalization;
using System.Xml.Linq;
using FluentAssertions;
using TurkishLlm.Tests.Unit.Model;
using TurkishLlm.Training;

namespace TurkishLlm.Tests.Unit.Training;

public sealed class RunReportTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Draws_a_line_through_every_step()
    {
        var html = Report([.. Enumerable.Range(1, 50).Select(n => Metrics(n, loss: 6 - n * 0.08))]);
        var line = Svgs(html)[0].Descendants().First(e => (string?)e.Attribute("class") == "line");
        var points = Points(line);
        points.Should().HaveCount(50);
        points.Select(p => p.X).Should().BeInAscendingOrder();
        points.Select(p => p.Y).Should().BeInAscendingOrder("a falling loss goes down the page");
    }

    [Fact]
    public void Marks_validation_losses_where_they_were_measured()
    {
        var html = Report([.. Enumerable.Range(1, 40).Select(n => Metrics(n, loss: 5) with { ValidationLoss = n % 20 == 0 ? 5.5 - n * 0.01 : null })]);
        Svgs(html)[0].Descendants().Count(e => (string?)e.Attribute("class") == "mark").Should().Be(2);
        html.Should().Contain("<dt>validation loss</dt><dd>5.10</dd>");
    }

    [Fact]
    public void Sums_the_run_up_in_readable_figures()
    {
        var html = Report([.. Enumerable.Range(1, 600).Select(n => Metrics(n, loss: 2.5))]);
        html.Should().ContainAll(
            "<dt>training loss</dt><dd>2.50</dd>", "<dt>perplexity</dt><dd>12.2</dd>", "<dt>tokens read</dt><dd>154k</dd>",
            "<dt>tokens / second</dt><dd>1.3k</dd>", "<dt>time</dt><dd>2.5 min</dd>", "<dt>most memory</dt><dd>256 MiB</dd>",
            "<dt>loss at random</dt><dd>6.24</dd>");
    }

    [Fact]
    public void A_long_run_stays_a_small_page()
    {
        var html = Report([.. Enumerable.Range(1, 50_000).Select(n => Metrics(n, loss: 3 + 8.0 / n))]);
        html.Length.Should().BeLessThan(300_000);
        html.Should().Contain("step 50,000 of 200");
    }

    [Fact]
    public void Warns_of_losses_that_are_no_numbers()
    {
        var html = Report([Metrics(1, 6), Metrics(2, double.NaN), Metrics(3, 5), Metrics(4, double.PositiveInfinity)]);
        html.Should().Contain("Loss or gradient was not a finite number at 2 steps, first at step 2.");
        Points(Svgs(html)[0].Descendants().First(e => (string?)e.Attribute("class") == "line")).Should().HaveCount(2);
        html.Should().NotContain("NaN").And.NotContain("Infinity").And.NotContain("∞");
    }

    [Fact]
    public void Shows_samples_as_text_whatever_the_model_wrote()
    {
        var html = Report([Metrics(1, 6)], new TextSample(1, "Stok", "Stok <script>alert(1)</script> & ığüşöç"));
        html.Should().Contain("<b>Stok</b> &lt;script&gt;alert(1)&lt;/script&gt; &amp; ığüşöç");
        html.Should().NotContain("<script");
    }

    [Fact]
    public void Needs_nothing_from_elsewhere() =>
        Report([Metrics(1, 6), Metrics(2, 5)]).Should().NotContainAny("http:", "https:", "src=", "@import", "url(");

    [Fact]
    public void Is_the_same_under_any_culture()
    {
        var before = Thread.CurrentThread.CurrentCulture;
        StepMetrics[] steps = [.. Enumerable.Range(1, 30).Select(n => Metrics(n, 6 - n * 0.1))];
        var invariant = Report(steps, new TextSample(1000, "Stok", "Stok 1,5"));
        Thread.CurrentThread.CurrentCulture = new CultureInfo("tr-TR");
        try
        {
            Report(steps, new TextSample(1000, "Stok", "Stok 1,5")).Should().Be(invariant);
        }
        finally
        {
            Thread.CurrentThread.CurrentCulture = before;
        }
    }

    [Fact]
    public void Says_so_before_the_first_step() => Report([]).Should().Contain("No step has been taken yet.");

    [Fact]
    public void A_run_of_one_step_can_be_drawn() => Svgs(Report([Metrics(1, 6)])).Should().HaveCount(4);

    [Fact]
    public void Tells_whether_the_gate_was_open()
    {
        Report([Metrics(1, 6)], gate: """{"device":"cpu","verdicts":[{"id":"P01","holds":true},{"id":"P02","cases":[{"holds":true},{"holds":true}]}]}""")
            .Should().Contain("<span class=\"good\">Open.</span> All 3 judgements hold.").And.Contain("<td>device</td><td>cpu</td>");
        Report([Metrics(1, 6)], gate: """{"verdicts":[{"holds":true},{"holds":false}]}""")
            .Should().Contain("<span class=\"poor\">Closed.</span> 1 of 2 judgements do not hold.");
    }

    [Fact]
    public void Names_a_gate_report_that_is_none()
    {
        var act = () => Report([Metrics(1, 6)], gate: "[1");
        act.Should().Throw<InvalidDataException>().WithMessage("*gate.json: not a gate report: *");
    }

    private static StepMetrics Metrics(long step, double loss) => new(step, loss, step * 1e-5, 1.0 / step, step * 256, 1000 + step, step * 0.25, 1 << 28);

    private static XElement[] Svgs(string html)
    {
        var svgs = new List<XElement>();
        for (var at = 0; (at = html.IndexOf("<svg", at, StringComparison.Ordinal)) >= 0;)
        {
            var end = html.IndexOf("</svg>", at, StringComparison.Ordinal) + "</svg>".Length;
            svgs.Add(XElement.Parse(html[at..end]));
            at = end;
        }

        return [.. svgs];
    }

    private static (double X, double Y)[] Points(XElement path) =>
    [
        .. ((string)path.Attribute("d")!)[1..].Split('L').Select(point => point.Split(' '))
            .Select(xy => (double.Parse(xy[0], CultureInfo.InvariantCulture), double.Parse(xy[1], CultureInfo.InvariantCulture))),
    ];

    private string Report(StepMetrics[] steps, TextSample? sample = null, string? gate = null)
    {
        var run = RunFolder.Open(TrainingPlan.Parse(Plans.Small, "small.yaml", [], _folder.Path), resume: true);
        using (var log = MetricsLog.Open(run.MetricsFile, 0))
            foreach (var step in steps) log.Append(step);
        using (var log = SampleLog.Open(run.SamplesFile, 0))
            if (sample is not null) log.Append(sample);
        if (gate is not null) File.WriteAllText(run.GateFile, gate);

        RunReport.Write(run);
        return File.ReadAllText(run.ReportFile);
    }
}
