using System.Globalization;
using System.Text.Json;
using AngleSharp.Html.Dom;
using FluentAssertions;
using TurkishLlm.Cli;
using TurkishLlm.Plans;
using TurkishLlm.Runs;
using TurkishLlm.Runs.Logs;
using TurkishLlm.Tests.Shared;
using TurkishLlm.Tests.Unit.Inference;
using TurkishLlm.Tests.Unit.Monitoring;
using TurkishLlm.Tests.Unit.Synthesis;
using TurkishLlm.Tests.Unit.Training;

namespace TurkishLlm.Tests.Unit.Cli;

/// <summary>Tests of the pages that commands write, with text of users that looks like markup.</summary>
[Collection(nameof(NonParallel))]
public sealed class PageFileTests : IDisposable
{
    private static readonly string Tokens = Path.Combine(ReferenceRun.Fixtures, "tokenizer");
    private readonly TestWorkspace _here = new();

    public void Dispose() => _here.Dispose();

    private string Page => _here / "page.html";

    [Fact]
    public async Task Evaluate_shows_every_question_with_its_answer_and_filters_without_scripts()
    {
        var run = ScriptedRun.Write(_here.Run, "<b>Iğdır&", contextLength: 2000);
        var gold = Rows(
            "gold.jsonl", new { question = "Makara nerede?", answer = "<b>Iğdır&" },
            new { question = PageCheck.HostileText, answer = "Ankara" });
        var page = await Write("evaluate", run, "--gold", gold, "--max-tokens", "30");
        page.QuerySelectorAll("tr.right, tr.wrong").Select(row => row.ClassName).Should().Equal("right", "wrong");
        page.QuerySelectorAll("tr.wrong .t").Select(cell => cell.TextContent.Trim()).Take(3).Should().SatisfyRespectively(
            question => question.Should().StartWith(PageCheck.VisibleHostileText).And.EndWith("gold.jsonl:2"),
            expected => expected.Should().Be("Ankara"), answer => answer.Should().Be("<b>Iğdır&"));
        page.QuerySelectorAll(".filter > label").Select(label => label.TextContent)
            .Should().Equal("all", "✓ right (1)", "✗ wrong (1)");
        page.QuerySelectorAll(".filter > input").Select(input => input.Id).Should().Equal(
            page.QuerySelectorAll(".filter > label").Select(label => label.GetAttribute("for")));
        page.Body!.TextContent.Should().ContainAll("right answers", "1 of 2", "95 % interval", "exact match");
    }

    [Fact]
    public async Task Evaluate_shows_both_answers_of_a_comparison()
    {
        var (run, other) = (ScriptedRun.Write(_here.Run, "Iğdır'da."), ScriptedRun.Write(_here / "other", "Van'da."));
        var page = await Write(
            "evaluate", run, "--compare", other, "--gold", Rows("gold.jsonl", new { question = "Nerede?", answer = "Van'da." }));
        page.QuerySelector("tr.wrong")!.TextContent.Should().Contain("Iğdır'da.").And.Contain("Van'da.");
        page.QuerySelectorAll("h2").Select(heading => heading.TextContent).Should().ContainMatch("Comparison with *other");
    }

    [Fact]
    public async Task Data_report_shows_rows_masks_and_lengths()
    {
        var rows = _here.Write(
            "&lt;rows&gt;.jsonl",
            string.Concat(Enumerable.Range(1, 30).Select(i =>
                Line(new { question = $"Soru {i * i}?", answer = new string('a', i) })))
                + Line(new { question = PageCheck.HostileText, answer = 5 }) + Line(new { question = "Soru 4?", answer = "aa" }));
        var page = await Write("data", "report", SftPlan(rows, "skip_invalid: true"));
        page.QuerySelectorAll("h2").Select(heading => heading.TextContent)
            .Should().ContainInOrder("Rows", "Loss mask", "Lengths of training examples");
        page.QuerySelectorAll(".legend li").Select(entry => entry.TextContent)
            .Should().Contain(["training", "held out for validation", "excluded", "supervised: the loss counts these tokens"]);
        var counts = page.QuerySelectorAll("h2")
            .First(heading => heading.TextContent.StartsWith("Lengths", StringComparison.Ordinal)).NextElementSibling!
            .QuerySelectorAll("td:nth-of-type(1)")
            .Select(cell => int.Parse(cell.TextContent, CultureInfo.InvariantCulture)).ToArray();
        counts.Sum().Should().Be(int.Parse(page.QuerySelector(".facts dd")!.TextContent, CultureInfo.InvariantCulture));
        page.Body!.TextContent.Should().Contain("&lt;rows&gt;.jsonl");
    }

    [Fact]
    public async Task Data_inspect_shows_every_token_and_what_is_learned()
    {
        var rows = Rows("rows.jsonl", new { question = PageCheck.HostileText, answer = "Çuval 👩‍👩‍👧 <i>" });
        var page = await Write("data", "inspect", rows, "--loss-mask", "-t", Tokens);
        string.Concat(page.QuerySelectorAll(".tokens .learned").Select(token => token.TextContent))
            .Should().Be("Çuval 👩‍👩‍👧 <i><|eot_id|>");
        page.QuerySelector(".tokens")!.TextContent.Should().Contain("<script>alert('x')</script>").And.Contain("␛[31m");
        page.QuerySelectorAll(".tokens span").Should().OnlyContain(token => token.HasAttribute("title"));
        page.QuerySelectorAll(".legend .swatch").Select(mark => mark.ClassName).Should().Equal(
            new[] { "swatch learned", "swatch control", "swatch read" }, "the legend names what is shown");
    }

    [Fact]
    public async Task Data_inspect_shows_shards_document_by_document()
    {
        var shards = ReferenceRun.Plan.Data.Shards;
        var page = await Write("data", "inspect", shards, "-t", ReferenceRun.Plan.Data.Tokenizer, "--length", "300");
        page.QuerySelectorAll(".tokens .control").Should().OnlyContain(token => token.TextContent == "<|begin_of_text|>");
        page.QuerySelectorAll("h2")[0].TextContent.Should().Be("document 0 begins at 0");
        (await Write("data", "inspect", shards, "--stats")).QuerySelectorAll("h2")[0].TextContent.Should().StartWith("train: ");
    }

    [Fact]
    public async Task Spec_run_shows_failures_first_and_requirements_by_area()
    {
        var page = await Write("spec", "run", _here.Plan, "--only", "TOK-08,P19");
        page.QuerySelectorAll("h2").Select(heading => heading.TextContent).Should().Equal("Areas", "Tokenizer", "ALiBi");
        page.QuerySelectorAll(".requirements tbody th").Select(cell => cell.TextContent).Should().SatisfyRespectively(
            first => first.Should().StartWith("TOK-08 "), second => second.Should().StartWith("P19 "));

        var ran = await CommandLineRunner.Run(
            "spec", "run", _here.Plan, "--set", "model.vocab_size=2049", "--only", "P02,P19", "--html", Page);
        ran.Code.Should().Be(ExitCode.GateClosed);
        page = PageCheck.Check(File.ReadAllText(Page));
        page.QuerySelectorAll("h2")[0].TextContent.Should().Be("Failures");
        page.QuerySelector(".requirements tr.failed th")!.TextContent.Should().StartWith("✗ P02 ");
        page.QuerySelectorAll(".track.poor").Should().NotBeEmpty();
    }

    [Fact]
    public async Task Runs_show_and_compare_show_hostile_values_as_text()
    {
        string[] folders = [$"&lt;i&gt;a {new string('x', 150)}", $"&lt;i&gt;b {new string('x', 150)}"];
        foreach (var name in folders)
        {
            var run = RunFolderWriter.Write(
                _here / name,
                Enumerable.Range(1, 40).Select(n => new StepMetrics(
                    n, 6 - 0.02 * n, 1e-3, 1 + 0.1 * n, n * 256, 1000, n, 1 << 20, n % 20 == 0 ? 6.1 - 0.02 * n : null)),
                $"warm_start.checkpoint={new string(name[9], 300)}");
            using var samples = SampleLog.Open(run.SamplesFile, 0);
            samples.Append(new(10, "Stok", PageCheck.HostileText));
            File.WriteAllText(run.EventsFile, JsonSerializer.Serialize(new
            {
                step = 12, kind = "spike", action = "skipped", message = PageCheck.HostileText,
                values = new Dictionary<string, double>(), timestamp = "2026-11-20T14:03:24+00:00",
            }) + "\n");
        }
        var page = await Write("runs", "show", _here / folders[0]);
        page.QuerySelector(".samples td")!.TextContent.Should().EndWith(PageCheck.VisibleHostileText);
        page.QuerySelector(".events td")!.TextContent.Should().EndWith(PageCheck.VisibleHostileText);
        page.QuerySelectorAll("svg .event title").Should().NotBeEmpty().And.OnlyContain(title =>
            title.TextContent.EndsWith(PageCheck.VisibleHostileText, StringComparison.Ordinal));

        page = await Write("runs", "compare", _here / folders[0], _here / folders[1]);
        page.QuerySelector("h1")!.TextContent.Should().Be(string.Join(" · ", folders));
        page.QuerySelectorAll(".even").Should().HaveCount(2, "columns of equal width show both runs");
        var difference = page.QuerySelectorAll(".even tr")
            .Single(row => row.TextContent.StartsWith("warm_start.checkpoint", StringComparison.Ordinal));
        difference.QuerySelectorAll("td").Select(cell => cell.TextContent).Should().Equal(new('a', 300), new('b', 300));
        difference.QuerySelectorAll("td").Select(cell => cell.GetAttribute("data-label")![..6])
            .Should().Equal("A: &lt", "B: &lt");
    }

    [Fact]
    public async Task Reports_of_tokenizers_and_syntheses_are_pages_of_the_same_kind()
    {
        var text = _here.Write("&lt;b&gt; 'alan'.txt", "Kablo makaraya sarıldı. Stok'ta bobin var.\n");
        var page = await Write("tokenizer", "report", Tokens, "--text", text, "--compare", Tokens);
        page.QuerySelectorAll("tbody th")[0].TextContent.Should().Be("&lt;b&gt; 'alan'");

        SmallSynthesisFolder.Write(_here / "work", 3);
        (await CommandLineRunner.Run("synth", "report", _here / "work")).Code.Should().Be(ExitCode.Success);
        PageCheck.Check(File.ReadAllText(_here / "work/report.html")).QuerySelectorAll(".sum").Should().ContainSingle();
    }

    [Fact]
    public async Task A_folder_is_refused_before_the_work()
    {
        var ran = await CommandLineRunner.Run("evaluate", _here / "none", "--html", Path.GetDirectoryName(_here.Plan)!);
        (ran.Code, ran.Output).Should().Be((ExitCode.InvalidInput, ""));
        ran.FirstError.Should().Be(
            $"--html {Path.GetDirectoryName(_here.Plan)} is a folder. Give a file, such as {_here / "report.html"}.");
        (await CommandLineRunner.Run("spec", "run", "--only", "TOK-08", "--html", "")).FirstError
            .Should().Be("--html is empty. Give a file, such as report.html.");
    }

    private static string Line(object row) => JsonSerializer.Serialize(row) + "\n";

    private string Rows(string name, params object[] rows) => _here.Write(name, string.Concat(rows.Select(Line)));

    private string SftPlan(string rows, string more) => _here.Write(
        "sft.yaml",
        File.ReadAllText(_here.Plan).Replace("training: { steps: 12,", "training: { epochs: 1,", StringComparison.Ordinal)
            .Replace("max_seq_len: 24", "max_seq_len: 200", StringComparison.Ordinal)
            .Replace("sequence_length: 19", "sequence_length: 150", StringComparison.Ordinal)
            .Replace("warmup_steps: 2", "warmup_ratio: 0.1", StringComparison.Ordinal)
            + $"sft:\n  sources:\n    uzun: {{ path: {JsonSerializer.Serialize(rows)} }}\n  {more}\n");

    private async Task<IHtmlDocument> Write(params string[] arguments)
    {
        var ran = await CommandLineRunner.Run([.. arguments, "--html", Page]);
        (ran.Code, ran.Errors).Should().Be((ExitCode.Success, ""));
        ran.Output.Should().Contain($"→ {Page}");
        return PageCheck.Check(File.ReadAllText(Page));
    }
}
