using System.Globalization;
using System.Xml.Linq;
using FluentAssertions;
using TurkishLlm.Monitoring;
using TurkishLlm.Plans;
using TurkishLlm.Runs;
using TurkishLlm.Runs.Logs;
using TurkishLlm.Tests.Unit.Model;
using TurkishLlm.Tests.Unit.Plans;

namespace TurkishLlm.Tests.Unit.Monitoring;

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
        var html = Report([
            .. Enumerable
                .Range(1, 40)
                .Select(n => Metrics(n, loss: 5) with { ValidationLoss = n % 20 == 0 ? 5.5 - n * 0.01 : null }),
        ]);
        Svgs(html)[0].Descendants().Count(e => (string?)e.Attribute("class") == "mark").Should().Be(2);
        html.Should().Contain("<dt>validation loss, last</dt><dd>5.10</dd>");
    }

    [Fact]
    public void Draws_the_sensors_of_a_device_if_there_are_any()
    {
        var html = Report(
        [
            .. Enumerable.Range(1, 60).Select(n => Metrics(n, loss: 5) with
            {
                Gpu = n == 7 ? null : new(0.5 + n * 0.005, 0.3, 40 + n % 21, n < 30 ? null : 300 + n),
            }),
        ]);
        html.Should().ContainAll("GPU utilization", "GPU temperature, °C", "GPU power, W", "share of time in which a kernel runs")
            .And.Contain("80 %", "the utilization of the last step").And.Contain("last 58", "its temperature");
        Report([.. Enumerable.Range(1, 60).Select(n => Metrics(n, loss: 5))]).Should().NotContain("GPU");
    }

    [Fact]
    public void Sums_the_run_up_in_readable_figures()
    {
        var html = Report([.. Enumerable.Range(1, 600).Select(n => Metrics(n, loss: 2.5))]);
        html.Should().ContainAll(
            "<dt>training loss, smoothed</dt><dd>2.50</dd>", "<dt>perplexity, training</dt><dd>12.2</dd>",
            "<dt>tokens read</dt><dd>154k</dd>",
            "<dt>tokens / second</dt><dd>1.58k</dd>", "<dt>time</dt><dd>2.5 min</dd>", "<dt>peak memory</dt><dd>256 MiB</dd>",
            "<dt>loss of random guessing</dt><dd>6.24</dd>");
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
        html.Should().Contain("The loss or gradient was not finite at 2 steps, first at step 2.");
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
    public void Needs_nothing_from_elsewhere() => PageCheck.Check(Report([Metrics(1, 6), Metrics(2, 5)]));

    [Fact]
    public void Names_everything_that_a_chart_shows()
    {
        StepMetrics[] steps =
        [
            .. Enumerable.Range(1, 600).Select(n => Metrics(n, loss: n == 7 ? double.NaN : 6 - n % 9 * 0.01 - n * 0.005) with
            {
                ValidationLoss = n % 200 == 0 ? 5.5 + Math.Abs(n - 400) * 0.001 : null, GradientNorm = 0.8 + n % 5 * 0.2,
            }),
        ];
        var page = PageCheck.Check(Report(steps, events: SpikeAtStep12));
        string[] Legend(int chart) => [.. page.QuerySelectorAll(".legend")[chart].Children.Select(entry => entry.TextContent)];
        Legend(0).Should().Equal(
            "training loss, smoothed (moving average, decay 0.95)", "range of single steps", "validation",
            "★lowest validation loss: 5.5000 at step 400", "event, listed under Events", "×not a finite number");
        Legend(1).Should().Equal("learning rate", "event, listed under Events");
        Legend(2).Should().Equal(
            "gradient norm before clipping, smoothed", "range of single steps", "clipping: larger norms are scaled down to 1",
            "event, listed under Events");
        page.QuerySelector(".reading.last")!.TextContent.Should().MatchRegex(
            @"^last validation 5\.70 · last step [0-9.]+ · smoothed [0-9.]+$");
    }

    [Fact]
    public void Does_not_name_what_a_chart_does_not_show()
    {
        var page = PageCheck.Check(Report([
            .. Enumerable.Range(1, 20).Select(n => Metrics(n, 5 - n * 0.01) with { GradientNorm = 0.1 }),
        ]));
        page.QuerySelectorAll(".legend").Take(3).Select(legend => legend.TextContent).Should().Equal(
            "training loss, smoothed (moving average, decay 0.95)", "learning rate", "gradient norm before clipping, smoothed");
        page.QuerySelectorAll("svg .limit, svg .mark, svg .best").Should().BeEmpty();
    }

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
    public void A_run_of_one_step_can_be_drawn() =>
        Svgs(Report([Metrics(1, 6)]))
            .Should()
            .HaveCount(8, "the loss has two scales for wide and for narrow pages, and four curves are small");

    [Fact]
    public void Says_in_words_what_the_curves_say()
    {
        var html = Report([.. Enumerable.Range(1, 200).Select(n => Metrics(n, loss: 2.4 + 3.8 / Math.Sqrt(1 + n / 10.0)))]);
        html.Should()
            .MatchRegex(
                "<li class=\"info\"><b>too few measurements to judge</b>The training loss fell from 5\\.\\d\\d to 3\\.2[0-9]; "
                    + "without a validation loss, overfitting cannot be seen\\. <em>Measure ")
            .And.Contain("<b>still improving</b>The training loss fell by 0.3");
    }

    [Fact]
    public void Marks_what_happened_on_every_curve_over_steps()
    {
        var html = Report(
            [.. Enumerable.Range(1, 40).Select(n => Metrics(n, 5))],
            events: SpikeAtStep12);
        var marks = Svgs(html)
            .Select(svg => svg.Descendants().SingleOrDefault(e => (string?)e.Attribute("class") == "event"))
            .ToArray();
        marks.Should().HaveCount(8).And.NotContainNulls();
        marks[0]!.Value.Should().Be("step 12, spike, skipped: Batch <12> is left out.");
        PageCheck.Check(html).QuerySelector(".events tbody tr")!.TextContent
            .Should().Be("12spike, skipped · 2026-11-20 14:03:24 UTCBatch <12> is left out.");
    }

    [Fact]
    public void Shows_the_machine_and_the_cost()
    {
        var machine = new Hardware(
            0, "cpu", "A processor", 8, 4, 32L << 30, "Linux", ".NET 10", "1.13.0", "SkylakeX",
            new PeakRate(4.75e11, "measured: product of 1024 × 1024 in float32"), 7.2, "₺ <net>");
        var html = Report(
            [.. Enumerable.Range(1, 60).Select(n => Metrics(n, 5) with { WallSeconds = n * 30 })],
            machine: machine);
        html.Should().ContainAll(
            "<dt>cost</dt><dd>3.60 ₺ &lt;net&gt;</dd>",
            "<dt>of peak FLOP/s</dt>", ">device</th><td>cpu, A processor</td>",
            ">peak</th><td>475 GFLOP/s (measured: product of 1024 × 1024 in float32)</td>",
            ">libtorch</th><td>1.13.0, BLAS core SkylakeX</td>",
            "Cost: 3.60 ₺ &lt;net&gt;.", "<p>Wall-clock time: 30 min, of which 15 s are training steps;");
    }

    [Fact]
    public void Shows_how_far_each_requirement_was_from_its_bound_nearest_first()
    {
        var html = Report([Metrics(1, 6)], gate: """
            {"judgments":[{"id":"P01","statement":"One.","holds":true,"evidence":"a = 1","margin":0.02},{"id":"P02","statement":"Two & more.","holds":true,"evidence":"b = 8.5, allowed 10","margin":0.85},
            {"id":"P01","statement":"One.","holds":true,"evidence":"a = 3","margin":0.3},{"id":"P03","holds":true,"margin":null}]}
            """);
        var page = PageCheck.Check(html);
        page.QuerySelectorAll(".requirements tbody tr").Select(row => row.TextContent).Should().Equal(
            "P02 Two & more.85 %b = 8.5, allowed 10", "P01 One.30 %a = 3");
        page.QuerySelectorAll(".requirements .track").Select(bar => bar.ClassName).Should().Equal(
            new[] { "track near", "track" }, "only what is near its bound by measurement has another color");
        page.QuerySelectorAll(".requirements i").Select(bar => bar.GetAttribute("style"))
            .Should().Equal("width:85.0%", "width:30.0%");
    }

    [Fact]
    public void Samples_of_a_prompt_stand_in_a_column_and_the_first_and_last_are_shown_of_many()
    {
        TextSample[] samples =
        [
            .. from step in Enumerable.Range(1, 30)
            from prompt in new[] { "Kablo", "Işık" }
            select new TextSample(step * 100, prompt, $"{prompt} {step * 100}"),
        ];
        var html = Report([Metrics(1, 6)], samples);
        var samples30 = PageCheck.Check(html).QuerySelector(".samples")!;
        samples30.QuerySelectorAll("thead th").Select(cell => cell.TextContent).Should().Equal("step", "Kablo …", "Işık …");
        samples30.QuerySelectorAll("tbody tr").Select(row => row.TextContent).Should().HaveCount(8)
            .And.StartWith(["step 100Kablo 100Işık 100"]).And.EndWith(["step 3,000Kablo 3000Işık 3000"]);
        samples30.QuerySelectorAll("td b").Select(prompt => prompt.TextContent).Distinct().Should().Equal("Kablo", "Işık");
    }

    [Fact]
    public void The_curves_can_be_read_without_seeing_them()
    {
        var html = Report([
            .. Enumerable
                .Range(1, 40)
                .Select(n =>
                    Metrics(n, loss: 6 - n * 0.05) with
                    {
                        ValidationLoss = n == 40 ? 4.5 : null,
                        ValidationBitsPerByte = n == 40 ? 1.875 : null,
                    }),
        ]);
        Svgs(html)
            .Select(svg => (string?)svg.Attribute("aria-label"))
            .Should()
            .AllSatisfy(label => label.Should().NotBeNullOrEmpty());
        html.Should()
            .Contain("aria-label=\"Loss, nats per token: from 5.95 to 4.")
            .And.MatchRegex(">40</th><td [^>]*>10.2k</td><td [^>]*>4.00</td>")
            .And.MatchRegex(">4.50</td><td [^>]*>1.88</td></tr>")
            .And.Contain("<dt>bits per byte</dt><dd>1.875</dd>");
    }

    [Fact]
    public void Shows_whether_the_gate_was_open()
    {
        Report(
                [Metrics(1, 6)],
                gate: """{"device":"cpu","verdicts":[{"id":"P01","holds":true},{"id":"P02","cases":[{"holds":true},{"holds":true}]}]}"""
            )
            .Should()
            .Contain("<span class=\"good\">Open.</span> All 3 checks passed.")
            .And.Contain(">device</th><td>cpu</td>");
        Report([Metrics(1, 6)], gate: """{"verdicts":[{"holds":true},{"holds":false}]}""")
            .Should().Contain("<span class=\"poor\">Closed.</span> 1 of 2 checks failed.");
    }

    [Fact]
    public void Names_a_gate_report_that_is_none()
    {
        var act = () => Report([Metrics(1, 6)], gate: "[1");
        act.Should().Throw<InvalidDataException>().WithMessage("*gate.json: not JSON at byte *");
        act = () => Report([Metrics(1, 6)], gate: "[1]");
        act.Should().Throw<InvalidDataException>().WithMessage("*gate.json: not a gate report: *");
    }

    private const string SpikeAtStep12 =
        """
        {"step":12,"kind":"spike","action":"skipped","message":"Batch <12> is left out.","values":{},"timestamp":"2026-11-20T14:03:24+00:00"}

        """;

    private static StepMetrics Metrics(long step, double loss) =>
        new(step, loss, step * 1e-5, 1.0 / step, step * 256, 1000 + step, step * 0.25, 1 << 28);

    private static XElement[] Svgs(string html)
    {
        var svgs = new List<XElement>();
        for (var at = 0; (at = html.IndexOf("<svg", at, StringComparison.Ordinal)) >= 0;)
        {
            var end = html.IndexOf("</svg>", at, StringComparison.Ordinal) + "</svg>".Length;
            // Those without a role are marks of a legend.
            if (XElement.Parse(html[at..end]) is var svg && svg.Attribute("role") is not null) svgs.Add(svg);
            at = end;
        }

        return [.. svgs];
    }

    private static (double X, double Y)[] Points(XElement path) =>
    [
        .. ((string)path.Attribute("d")!)[1..].Split('L').Select(point => point.Split(' '))
            .Select(xy => (double.Parse(xy[0], CultureInfo.InvariantCulture), double.Parse(xy[1], CultureInfo.InvariantCulture))),
    ];

    private string Report(StepMetrics[] steps, TextSample sample, string? gate = null) => Report(steps, [sample], gate);

    private string Report(
        StepMetrics[] steps,
        TextSample[]? samples = null,
        string? gate = null,
        string? events = null,
        Hardware? machine = null)
    {
        var run = RunFolder.Open(TrainingPlan.Parse(TestPlans.Small, "small.yaml", [], _folder.Path), resume: true);
        using (var log = MetricsLog.Open(run.MetricsFile, 0))
            foreach (var step in steps) log.Append(step);
        using (var log = SampleLog.Open(run.SamplesFile, 0))
            foreach (var sample in samples ?? []) log.Append(sample);
        if (gate is not null) File.WriteAllText(run.GateFile, gate);
        if (events is not null) File.WriteAllText(run.EventsFile, events);
        machine?.AppendTo(run);

        RunReport.Write(run);
        return File.ReadAllText(run.ReportFile);
    }
}
