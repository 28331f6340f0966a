using FluentAssertions;
using TurkishLlm.Cli;
using TurkishLlm.Runs.Logs;
using TurkishLlm.Tests.Unit.Model;
using TurkishLlm.Tests.Unit.Monitoring;

namespace TurkishLlm.Tests.Unit.Cli;

/// <summary>Tests of <c>runs list</c>, <c>runs show</c> and <c>runs compare</c>.</summary>
public sealed class RunsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Lists_runs_at_any_depth_with_their_state()
    {
        Write("toy", 200);
        Write("deep/er/run", 40);
        Directory.CreateDirectory(_folder / "toy/checkpoints/step-000001");
        File.WriteAllText(_folder / "toy/checkpoints/step-000001/plan.yaml", "within a run");
        Directory.CreateDirectory(_folder / "sft");
        File.WriteAllText(_folder / "sft/plan.yaml", "something: else\n");
        using var lockFile = new FileStream(
            _folder / "deep/er/run/.lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);

        var ran = await CommandLineRunner.Run("runs", "list", _folder.Path);
        (ran.Code, ran.Errors).Should().Be((ExitCode.Success, ""));
        var lines = ran.Output.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);
        lines.Should().HaveCount(4);
        lines[0].Should().MatchRegex("^run +state +step +loss +validation +bits/byte +age$");
        ran.Output.Should().MatchRegex(@"(?m)^toy +finished +200/200 +4\.2\d+ +4\.1000 +2\.100 +\d")
            .And.MatchRegex(@"(?m)^deep/er/run +running +40/200 +5\.8\d+ +5\.7000 +2\.420 +\d")
            .And.MatchRegex(@"(?m)^sft +unreadable +");
    }

    [Fact]
    public async Task Shows_a_run_in_numbers_and_words()
    {
        Write("toy", 160);
        File.WriteAllText(
            _folder / "toy/events.jsonl",
            """{"step":50,"kind":"out_of_memory","action":"halved","message":"Rows are halved.","values":{},"timestamp":"2026-11-20T14:03:24+00:00"}"""
                + "\n");
        var ran = await CommandLineRunner.Run("runs", "show", _folder / "toy");
        (ran.Code, ran.Errors).Should().Be((ExitCode.Success, ""));
        ran.Output.Should()
            .MatchRegex(@"(?m)^== small: interrupted$")
            .And.MatchRegex(@"(?m)^parameters +214,592$")
            .And.MatchRegex(@"(?m)^steps +160 of 200$")
            .And.MatchRegex(@"(?m)^bits per byte +2\.1800$")
            .And.MatchRegex(@"(?m)^validation loss, lowest +4\.5000 at step 160$")
            .And.Contain("== Diagnosis")
            .And.MatchRegex(@"(?m)^ +50 +out of memory, halved +Rows are halved\.$")
            .And.Contain($"Resume with: turkishllm train {_folder / "toy"}/plan.yaml --resume auto");
    }

    [Fact]
    public async Task A_run_that_was_interrupted_while_diverging_resumes_from_before()
    {
        RunFolderWriter.Write(
            _folder / "toy",
            Enumerable.Range(1, 150).Select(n => new StepMetrics(
                n, n <= 90 ? 6 - n * 0.01 : 6 + (n - 90) * 0.3, 1e-3, 1, n * 256, 1000, n, 1 << 20)));
        foreach (var step in (long[])[60, 90, 120, 150])
            Directory.CreateDirectory(_folder / FormattableString.Invariant($"toy/checkpoints/step-{step:D6}"));
        var ran = await CommandLineRunner.Run("runs", "show", _folder / "toy");
        ran.Output.Should().Contain("diverging: The training loss was 5.")
            .And.Contain("The training loss was diverging: resume from before, with a lower learning rate: turkishllm train "
                + $"{_folder / "toy"}/plan.yaml --resume {_folder / "toy"}/checkpoints/step-000090 "
                + "--set optimizer.learning_rate=3.33e-4")
            .And.NotContain("--resume auto");
        (await CommandLineRunner.Run("runs", "list", _folder.Path)).Output.Should().Contain("interrupted, diverging");
    }

    [Fact]
    public async Task Compares_runs_and_writes_a_page()
    {
        Write("a", 200);
        Write("b", 160, "optimizer.learning_rate=0.002");
        var ran = await CommandLineRunner.Run(
            "runs", "compare", _folder / "a", _folder / "b", "--html", _folder / "page.html", "--target-loss", "5");
        (ran.Code, ran.Errors).Should().Be((ExitCode.Success, ""));
        ran.Output.Should()
            .MatchRegex(@"(?m)^ +a +b$")
            .And.MatchRegex(@"(?m)^validation loss, last +4\.1000 +4\.5000$")
            .And.MatchRegex(@"(?m)^steps to loss 5\.0000 +(\d+) +\1$")
            .And.MatchRegex(@"(?m)^optimizer\.learning_rate +0\.001 +0\.002$").And.Contain($"→ {_folder / "page.html"}");
        File.ReadAllText(_folder / "page.html").Should().Contain("<title>a · b</title>").And.Contain("0.002");
    }

    private void Write(string name, int steps, params string[] overrides) =>
        RunFolderWriter.Write(
            _folder / name, Enumerable
                .Range(1, steps)
                .Select(n => new StepMetrics(
        n,
        6.1 - n * 0.01, 1e-3, 1, n * 256, 1000, n * 0.25, 1 << 20, n % 40 == 0 ? 6.1 - n * 0.01 : null,
        n % 40 == 0 ? 2.5 - n * 0.002 : null)),
overrides);
}
