using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Spectre.Console;
using TurkishLlm.Cli.Terminal;
using TurkishLlm.Cli.Training;
using TurkishLlm.Monitoring.Progress;
using TurkishLlm.Plans;
using TurkishLlm.Runs.Logs;
using TurkishLlm.Tests.Shared;
using TurkishLlm.Tests.Unit.Plans;
using TurkishLlm.Training;

namespace TurkishLlm.Tests.Unit.Cli.Transcripts;

/// <summary>What a terminal of a width shows: panels, progress lines, tables and colors.</summary>
[Collection(nameof(LiveArea))]
public sealed partial class TerminalTranscriptTests
{
    private readonly StringBuilder _text = new();

    [Theory]
    [InlineData("wide", 120)]
    [InlineData("two", 76)]
    [InlineData("narrow", 75)]
    [InlineData("small", 34)]
    [InlineData("tiny", 20)]
    public void Shows_a_run(string name, int width)
    {
        foreach (var (plan, machine, pairs) in new (string[], Hardware?, bool)[]
        {
            ([], Machine(3600), false), (["training.steps=150"], null, true), (["training.steps=70"], Machine(null), false),
        })
        {
            _text.Append(CultureInfo.InvariantCulture, $"== {string.Join(' ', plan)} pairs: {pairs}\n");
            var settings = TestPlans.Parse(TestPlans.Small, plan);
            var progress = new RunProgress(settings, machine is null ? [] : [machine]);
            var console = Console(new StringWriter(), width);
            var drawn = 0;
            var steps = new StepDisplay(new Display(TextWriter.Null, "turkishllm", console), settings, progress, 0, content =>
            {
                if (++drawn is 1 or 2 or 30 or 70 or 130 or 200)
                    Add($"-- {drawn}", Spectre.Console.Advanced.AnsiConsoleExtensions.ToAnsi(console, content));
            });
            // The first and the last step are drawn at any time, so every further one is the last.
            for (var n = 1; n <= settings.Training.Steps; n++)
                steps.OnStep(Step(n, pairs) with { Step = n == 1 ? 1 : settings.Training.Steps });
        }
        GoldenFile.Compare($"Panel-{name}", _text.ToString());
    }

    [Fact]
    public void Shows_steps_and_events_as_lines()
    {
        foreach (var pairs in new[] { false, true })
        {
            var output = new StringWriter();
            var plan = TestPlans.Parse(TestPlans.Small, "log_every=40");
            var steps = new StepDisplay(
                new Display(output, "./run cli"), plan, new RunProgress(plan, pairs ? [] : [Machine(3600)]), 20, _ => { });
            for (var n = 21; n <= 200; n++) steps.OnStep(Step(n, pairs));
            steps.OnSample(new TextSample(90, "Kablo", "Kablo\nve\r\nışık"));
            steps.OnCheckpointSaved(Path.Combine(Directory.GetCurrentDirectory(), "runs/a"));
            steps.OnEvent(new RunEvent(
                12, EventKind.Spike, EventAction.Skipped, "Resume with turkishllm train a", new Dictionary<string, double>()));
            Add($"-- pairs: {pairs}", output.ToString());
        }
        GoldenFile.Compare("StepLines", _text.ToString());
    }

    [Fact]
    public void Shows_progress()
    {
        foreach (var width in new[] { 100, 66, 65, 50, 42, 41, 30, 12 })
            foreach (var share in new[] { -0.5, 0, 0.004, 0.25, 0.5, 0.9876, 1, 1.5 })
                Add(
                    $"-- {width} columns, {share}",
                    Spectre.Console.Advanced.AnsiConsoleExtensions.ToAnsi(
                        Console(new StringWriter(), width),
                        new ProgressLine("Specification", "[ATT-01]", share, TimeSpan.FromSeconds(130)).Render(width)));
        var plain = new StringWriter();
        new Display(plain, "turkishllm").RunWithProgress("Shards", report =>
        {
            foreach (var share in new[] { 0.1, 0.25, 0.3, 0.5, 0.74, 0.76, 0.99, 1 })
                report(share, FormattableString.Invariant($"at {share}"));
            return 0;
        });
        Add($"-- plain", Seconds().Replace(plain.ToString(), "(# s)"));
        GoldenFile.Compare("Progress", _text.ToString());
    }

    [Fact]
    public void Writes_tables_and_colors()
    {
        foreach (var colors in new bool?[] { null, false, true })
        {
            var output = new StringWriter();
            var console = colors is { } some ? Console(output, 40, some) : null;
            var display = new Display(output, "turkishllm", console);
            display.WriteHeading("Heading");
            display.WriteSuccess("good");
            display.WriteWarning("poor");
            display.WriteLine();
            display.WriteTable(["name", "n", "v"], [["a", "1", "x1"], ["bcd", "", "2"], ["e", "-10", "–"], ["f", "∞", "9"]]);
            display.WriteTable(["only", "headings"], []);
            display.WriteHighlighted(
            [
                ("role", TextHighlight.Control), (" soru ", TextHighlight.Read), ("bağlam ", TextHighlight.Context),
                ("yanıt ", TextHighlight.Supervised), ("uzun yanıt ve daha uzun", TextHighlight.Supervised),
                (".", TextHighlight.Read),
            ]);
            Add($"-- colors: {colors}; {display.IsTerminal}, {display.HasColors}, {display.Width}", output.ToString());
        }
        GoldenFile.Compare("Tables", _text.ToString());
    }

    [Fact]
    public void Draws_a_live_area()
    {
        var output = new StringWriter();
        var console = Console(output, 30);
        console.Profile.Height = 6;
        var display = new Display(output, "turkishllm", console);
        display.WriteLine("\u001b[32mbefore\u001b[0m, a line that is wider than the terminal of thirty columns");
        display.RunLive(show =>
        {
            Record("update", () => show(new Rows(new Text("panel"), new Text("second row"))));
            Record("line", () => display.WriteLine("above"));
            Record("wider", () => { console.Profile.Width = 40; show(new Text("wide")); });
            Record("error line", () => new ErrorWriter(TextWriter.Null, isTerminal: true).WriteLine("error"));
            Record("too high", () => show(new Rows(Enumerable.Range(0, 9).Select(i => new Text($"row {i}")))));
            Record("lower", () => { console.Profile.Height = 4; display.WriteLine("x\ny"); });
            return 0;
        });
        Record("closed", () => display.WriteLine("after"));
        Record("progress", () => display.RunWithProgress("Work", report => { report(1, "all"); return 0; }));
        GoldenFile.Compare("LiveArea", _text.ToString());

        void Record(string what, Action act)
        {
            output.GetStringBuilder().Clear();
            act();
            Add($"-- {what}", output.ToString().Replace("0.0 s", "…", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Remembers_recent_lines()
    {
        var lines = new RecentLines();
        for (var n = 1; n <= 203; n++) lines.Add(n % 50 == 0 ? $"{n}\r\ntwo" : new string('x', n % 25) + n);
        foreach (var (rows, width) in new[] { (0, 10), (1, 10), (5, 10), (5, 11), (9, 24), (9, 25), (9, 26), (400, 80) })
        {
            var taken = lines.TakeLast(rows, width).ToArray();
            Add($"-- {rows} rows of {width}: {taken.Length}", string.Join('\n', taken.Take(3).Concat(taken.TakeLast(3))));
        }
        GoldenFile.Compare("RecentLines", _text.ToString());
    }

    [GeneratedRegex(@"\(\d+ s\)")]
    private static partial Regex Seconds();

    private static Hardware Machine(double? rate) => new(
        0, "cpu", "", 2, 1, 1 << 30, "Linux", ".NET", "1.13", "", new PeakRate(9e9, "given"), rate, rate is null ? "" : "USD");

    private static StepMetrics Step(int n, bool pairs) => new(
        n, n is > 120 and <= 160 ? 4 + (n - 120) * 0.3 : 6 - n * 0.02, n * 1e-5, 1 + n * 0.01, n * 256, 2000 + n, n * 0.128,
            1 << 20,
        n % 60 == 0 ? 4.6 : null, n % 60 == 0 && !pairs ? 1.8123 : null, n * 0.15, n % 60 == 0 && pairs ? 3.21 : null)
    {
        Preference = pairs ? new PreferenceMetrics(0.1, 0.2, 0.01 * n, 0.5 + n * 0.001, -1, -2) : null,
        ValidationPreference = pairs && n % 60 == 0 ? new PreferenceMetrics(0.3, 0.4, 0.02 * n, 0.625, -3, -4) : null,
    };

    private static IAnsiConsole Console(TextWriter output, int width, bool colors = false)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.Yes, ColorSystem = colors ? ColorSystemSupport.Standard : ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.Yes, Out = new AnsiConsoleOutput(output),
        });
        console.Profile.Width = width;
        return console;
    }

    private void Add(FormattableString heading, string text) => _text
        .Append(heading.ToString(CultureInfo.InvariantCulture)).Append('\n')
        .Append(text
            .Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '␍').Replace('\u001b', '␛').TrimEnd('\n'))
        .Append('\n');
}
