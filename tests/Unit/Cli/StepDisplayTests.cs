using System.Text.RegularExpressions;
using FluentAssertions;
using Spectre.Console;
using TurkishLlm.Cli.Terminal;
using TurkishLlm.Cli.Training;
using TurkishLlm.Monitoring.Progress;
using TurkishLlm.Plans;
using TurkishLlm.Runs.Logs;
using TurkishLlm.Tests.Unit.Plans;

namespace TurkishLlm.Tests.Unit.Cli;

/// <summary>Tests of the display of a run in progress.</summary>
[Collection(nameof(LiveArea))]
public sealed class StepDisplayTests
{
    private static readonly TrainingPlan Plan = TestPlans.Parse(TestPlans.Small, "log_every=50");

    [Fact]
    public void Elsewhere_than_on_a_terminal_a_step_is_a_plain_line()
    {
        var output = new StringWriter();
        Run(new Display(output, "turkishllm"), 100);
        var lines = output.ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);
        lines.Should().HaveCount(5);
        lines[0]
            .Should()
            .Be(
                "step   1/200  loss 5.9800  smoothed 5.9800  lr 1.00e-05  norm 1.01    2.0k tok/s (50 % of peak)  "
                    + "256 tokens  ETA 25 s  0.00 USD");
        lines[2]
            .Should()
            .MatchRegex(
                @"^step  80/200  loss 4\.4000  smoothed 4\.75\d\d  lr 8\.00e-04  norm 1\.80    2\.0k tok/s \(50 % of peak\)  "
                    + @"20\.5k tokens  ETA 18 s  0\.01 USD  validation 4\.6000 \(1\.812 bits/byte\)$"
            );
        output.ToString().Should().NotContain("\u001b");
    }

    [Fact]
    public void On_a_terminal_a_panel_moves_below_the_lines()
    {
        var output = new StringWriter();
        var console = AnsiConsole.Create(
            new AnsiConsoleSettings
            {
                Ansi = AnsiSupport.Yes,
                ColorSystem = ColorSystemSupport.NoColors,
                Interactive = InteractionSupport.Yes,
                Out = new AnsiConsoleOutput(output),
            });
        console.Profile.Width = 120;
        var display = new Display(TextWriter.Null, "turkishllm", console);
        display.RunLive(show =>
        {
            Run(display, 200, show);
            return 0;
        });
        var seen = output.ToString();
        seen.Should()
            .Contain("step  80/200  loss 4.4000  smoothed 4.7531  validation 4.6000 (1.812 bits/byte)")
            .And.Contain("› Kablo ve ışık")
            .And.Contain("\u001b");
        var plain = Regex.Replace(seen, "\u001b\\[[0-9;?]*[A-Za-z]", "");
        var panel = plain[plain.LastIndexOf("step 200/", StringComparison.Ordinal)..];
        panel
            .Should()
            .ContainAll(
                "200/200", "100.0 %", "smoothed", "▁", "learning rate", "gradient norm", "2.0k tok/s", "50.0 %", "51.2k",
                "0.03 USD of 0.03 USD", "bits per byte", "1.812");
    }

    [Theory]
    [InlineData(20)]
    [InlineData(30)]
    [InlineData(40)]
    [InlineData(75)]
    [InlineData(76)]
    [InlineData(200)]
    public void Every_width_shows_the_same_facts_and_fits(int width)
    {
        using var screen = new TerminalScreen(width, 60);
        var display = new Display(screen, "turkishllm", screen.Console);
        display.RunLive(show =>
        {
            Run(display, 200, show);
            return 0;
        });
        var rows = screen.Rows;
        var panel = rows[Array.FindLastIndex(rows, row => row.StartsWith("step 200/200", StringComparison.Ordinal))..];
        panel.Should().OnlyContain(row => row.Length <= width);
        string.Join(' ', panel.SelectMany(row => row.Split(' ', StringSplitOptions.RemoveEmptyEntries)))
            .Should().ContainAll(
                "step 200/200", "100.0 %", "ETA 0.0 s", "loss 2.0000", "smoothed 2.", "2.00e-03", "3.00", "2.0k", "50.0 %",
                "51.2k", "0.03 USD of 0.03", "4.6000", "1.812");
        if (width >= 80) rows.Should().Contain("step  80/200  loss 4.4000  smoothed 4.7531  validation 4.6000 (1.812 bits/byte)");
    }

    [Fact]
    public void The_panel_is_drawn_a_few_times_a_second_however_many_steps_there_are()
    {
        var drawn = 0;
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(TextWriter.Null) });
        Run(new Display(TextWriter.Null, "turkishllm", console), 190, _ => drawn++);
        drawn.Should().BeInRange(1, 20);
    }

    [Fact]
    public void Lines_of_a_diverging_run_say_so_until_it_recovers()
    {
        var output = new StringWriter();
        var steps = new StepDisplay(
            new Display(output, "turkishllm"), TestPlans.Parse(TestPlans.Small, "log_every=20"), new RunProgress(Plan, []), 0,
            _ => { });
        for (var n = 1; n <= 200; n++)
            steps.OnStep(new StepMetrics(
                n, n is > 80 and <= 120 ? 5 + (n - 80) * 0.2 : 5 - n * 0.01, 1e-3, 1, n * 256, 2000, n, 1 << 20));
        var lines = output.ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);
        lines.Where(line => line.EndsWith("  DIVERGING", StringComparison.Ordinal))
            .Select(line => line[..9]).Should().Equal("step 100/", "step 120/");
    }

    private static void Run(Display display, int steps, Action<Spectre.Console.Rendering.IRenderable>? show = null)
    {
        // Half of the peak: 6 · matrix weights + 12 · layers · width · sequence length FLOP per token.
        const double flops = 6.0 * (4 * (2 * 64 * 64 + 2 * 64 * 32 + 3 * 64 * 172) + 512 * 64) + 12 * 4 * 64 * 64;
        var machine = new Hardware(
            0, "cpu", "", 2, 1, 1 << 30, "Linux", ".NET", "1.13", "", new PeakRate(2 * 2000 * flops, "given"), 3.6, "USD");
        var steps_ = new StepDisplay(display, Plan, new RunProgress(Plan, [machine]), 0, show ?? (_ => { }));
        for (var n = 1; n <= steps; n++)
        {
            steps_.OnStep(
                new StepMetrics(
                    n, 6 - n * 0.02, n * 1e-5, 1 + n * 0.01, n * 256, 2000, n * 0.128, 1 << 20, n == 80 ? 4.6 : null,
                    n == 80 ? 1.8123 : null, n * 0.15));
            if (n == 90) steps_.OnSample(new TextSample(90, "Kablo", "Kablo ve ışık"));
        }
    }
}
