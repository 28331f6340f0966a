using System.Text.Json;
using FluentAssertions;
using TurkishLlm.Cli;
using TurkishLlm.Tests.Shared;
using TurkishLlm.Tests.Unit.Inference;
using TurkishLlm.Tests.Unit.Training;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Tests.Unit.Cli;

/// <summary>Tests of <c>evaluate</c>: questions, comparison and forgetting.</summary>
[Collection(nameof(NonParallel))]
public sealed class EvaluateCommandTests : IDisposable
{
    private readonly TestWorkspace _here = new();

    public void Dispose() => _here.Dispose();

    [Fact]
    public async Task Counts_the_calls_of_tools()
    {
        var tokenizer = ScriptedModel.Tokenizer;
        var run = ScriptedRun.Write(
            _here.Run, [SpecialTokens.ToolCall, .. tokenizer.EncodeToIds("12+30"), SpecialTokens.EndOfTurn], contextLength: 700);
        var gold = Gold("""{"question": "Kaç eder?", "answer": "42"}""");
        var ran = await CommandLineRunner.Run(
            "evaluate", run, "--gold", gold, "--max-tokens", "20", "--tools", "calculator", "--max-tool-calls", "2");
        ran.Code.Should().Be(ExitCode.Success, ran.Errors);
        ran.Output.Should().Contain("tools: 3 calls, 3 without a result");
        (await CommandLineRunner.Run("evaluate", run, "--tools", "date")).Errors
            .Should().StartWith("--tools needs questions. Give a file of them with --gold.");
        var bare = ScriptedRun.Write(_here / "bare", "Evet.", converses: false);
        (await CommandLineRunner.Run("evaluate", bare, "--gold", gold, "--tools", "date")).Errors
            .Should().Contain("--tools needs a model with a chat template");
    }

    [Fact]
    public async Task Reports_the_answer_metrics_in_a_table_and_in_files()
    {
        var run = ScriptedRun.Write(_here.Run, "Iğdır'da.");
        var gold = Gold(
            """{"question": "Makara nerede?", "answer": "IĞDIR'DA"}""",
            """{"question": "Bobin nerede?", "answer": "Ankara'da."}""",
            """{"question": "Ne zaman?", "answer": "Bu konuda bilgim yok."}""");
        var ran = await CommandLineRunner.Run(
            "evaluate", run, "--gold", gold, "--json", _here / "report.json", "--rows", _here / "rows.jsonl", "--max-tokens",
            "20");
        (ran.Code, ran.Errors).Should().Be((ExitCode.Success, ""));
        var lines = ran
            .Output.Split(Environment.NewLine)
            .SkipWhile(line => !line.StartsWith("==", StringComparison.Ordinal))
            .ToArray();
        lines[0].Should().Be("== Answers to 3 questions");
        lines[1].Should().MatchRegex("^task +metric +value +95 % interval +rows$");
        lines
            .Should()
            .ContainMatch("answer*exact match*50.0 %*0.0 % … 100.0 %*2")
            .And.ContainMatch("unanswerable*refused*0.0 %*–*1")
            .And.ContainMatch("all*format compliance*100.0 %*29.2 % … 100.0 %*3")
            .And.ContainMatch("all*perplexity*");

        var report = JsonDocument.Parse(File.ReadAllText(_here / "report.json")).RootElement;
        report.GetProperty("step").GetInt64().Should().Be(12);
        var exact = report
            .GetProperty("metrics")
            .EnumerateArray()
            .Single(metric => metric.GetProperty("metric").GetString() == "exact_match");
        (exact.GetProperty("task").GetString(), exact.GetProperty("value").GetDouble(), exact.GetProperty("rows").GetInt32())
            .Should()
            .Be(("answer", 0.5, 2));
        var rows = File.ReadAllLines(_here / "rows.jsonl").Select(line => JsonDocument.Parse(line).RootElement).ToArray();
        rows.Select(row => row.GetProperty("metrics").TryGetProperty("exact_match", out var value) ? value.GetDouble() : -1)
            .Should()
            .Equal(1, 0, -1);
        File.ReadAllText(_here / "rows.jsonl")
            .Should()
            .Contain($"\"location\":\"{gold}:1\"")
            .And.Contain("\"answer\":\"Iğdır'da.\",\"finish_reason\":\"end_of_turn\"");
    }

    [Fact]
    public async Task The_same_seed_gives_the_same_numbers()
    {
        var run = ScriptedRun.Write(_here.Run, "Iğdır'da.");
        string[] words =
        [
            "evaluate", run, "--gold", Path.Combine(ReferenceRun.Fixtures, "evaluation", "answers.jsonl"), "--limit", "4",
            "--samples", "2", "--pass-k", "1", "2", "--max-tokens", "6", "--bootstrap-samples", "200",
        ];
        var first = await CommandLineRunner.Run(words);
        var (same, other) = (await CommandLineRunner.Run(words), await CommandLineRunner.Run([.. words, "--seed", "9"]));
        Results(first).Should().Contain("pass@2").And.Be(Results(same)).And.NotBe(Results(other));
    }

    [Fact]
    public async Task Compares_two_models_on_the_same_questions()
    {
        var (run, other) = (ScriptedRun.Write(_here.Run, "Iğdır'da."), ScriptedRun.Write(_here / "other", "Ankara'da."));
        var gold = Gold([
            .. Enumerable.Range(1, 9).Select(i => $$"""{"question": "{{i}}. makara nerede?", "answer": "Iğdır'da."}"""),
        ]);
        var ran = await CommandLineRunner.Run(
            "evaluate", run, "--gold", gold, "--compare", other, "--json", _here / "report.json", "--max-tokens", "8");
        ran.Code.Should().Be(ExitCode.Success);
        ran.Output.Should()
            .Contain($"== {run} vs. {other}, on the same questions")
            .And.MatchRegex(@"answer +exact match +100\.0 % +0\.0 % +100\.0 % .* 9 +0 +9 +better")
            .And.MatchRegex(@"all +ends its turn .* 0 +0 +9 +not significant");
        JsonDocument.Parse(File.ReadAllText(_here / "report.json")).RootElement.GetProperty("comparison").EnumerateArray()
            .Single(metric => metric.GetProperty("metric").GetString() == "loss")
            .GetProperty("difference")
            .GetDouble()
            .Should()
            .BeNegative();
    }

    [Fact]
    public async Task Too_much_forgetting_has_its_own_exit_code()
    {
        var (run, other) = (
            ScriptedRun.Write(_here.Run, "Iğdır'da."),
            ScriptedRun.Write(_here / "other", "Ankara'da, üç bobin."));
        var same = await CommandLineRunner.Run("evaluate", run, "--base-model", run, "--windows", "3");
        (same.Code, same.Errors).Should().Be((ExitCode.Success, ""));
        same.Output.Should()
            .MatchRegex(
                @"^forgetting: loss on plain text ([\d.]+) → \1 since .*, 0\.0 % \(95 % interval 0\.0 % … 0\.0 %\), on 57 tokens"
            );

        // One of the two is worse on plain text; which one is random.
        var (there, back) = (
            await CommandLineRunner.Run("evaluate", run, "--base-model", other, "--max-forgetting", "0", "--windows", "3"),
            await CommandLineRunner.Run(
                "evaluate", other, "--base-model", run, "--max-forgetting", "0", "--windows", "3", "--json",
                _here / "report.json"));
        new[] { there.Code, back.Code }.Should().BeEquivalentTo([ExitCode.Success, ExitCode.QualityThresholdNotMet]);
        (there.Code == ExitCode.QualityThresholdNotMet ? there : back)
            .Output.Should()
            .Contain("Quality threshold not met: the loss on plain text rose by ");
        JsonDocument
            .Parse(File.ReadAllText(_here / "report.json"))
            .RootElement.GetProperty("forgetting")
            .GetProperty("tokens")
            .GetInt64()
            .Should()
            .Be(57);
    }

    [Fact]
    public async Task Gold_files_of_the_plan_are_recognized_by_name_or_content()
    {
        var run = ScriptedRun.Write(_here.Run, "Iğdır'da.");
        var (kept, learned, other) = (
            _here.Write("kept.jsonl", Question("Makara nerede?")), _here.Write("learned.jsonl", Question("Bobin nerede?")),
            _here.Write("other.jsonl", Question("Tel nerede?")));
        File.AppendAllText(
            Path.Combine(run, "plan.yaml"), $"sft: {{ sources: {{ a: {{ path: {learned} }} }}, gold: [{kept}] }}\n");
        var copy = _here.Write("copy.jsonl", File.ReadAllBytes(kept));

        (await CommandLineRunner.Run("evaluate", run, "--gold", kept, "--gold", copy))
            .Output.Should()
            .NotContain("was trained on these files")
            .And.NotContain("Not listed");
        var output = (await CommandLineRunner.Run("evaluate", run, "--gold", learned, "--gold", other)).Output;
        output.Should()
            .Contain(
                $"The model was trained on these files, so the scores measure memorization: {learned}" + $"{Environment.NewLine}")
            .And.Contain($"so their rows may be in the training data: {other}{Environment.NewLine}");
    }

    [Fact]
    public async Task Measures_a_model_alone_on_text_that_is_named_beside_its_answers()
    {
        var (run, gold, shards) = (
            ScriptedRun.Write(_here.Run, "Iğdır'da."), Gold(Question("Makara nerede?")), ReferenceRun.Plan.Data.Shards);
        (await CommandLineRunner.Run("checkpoint", "export", run, _here / "out")).Code.Should().Be(ExitCode.Success);
        var ran = await CommandLineRunner.Run(
            "evaluate", _here / "out", "--gold", gold, "--shards", shards, "--sequence-length", "19", "--windows", "5", "--json",
            _here / "report.json");
        (ran.Code, ran.Errors).Should().Be((ExitCode.Success, ""));
        ran.Output.Should()
            .MatchRegex(@"loss [\d.]+ nats per token, perplexity [\d.]+, [\d.]+ bits per byte, on 95 tokens")
            .And.Contain("95 % interval over 5 windows")
            .And.MatchRegex(@"answer +exact match +100\.0 %");
        var report = JsonDocument.Parse(File.ReadAllText(_here / "report.json")).RootElement;
        report.TryGetProperty("step", out _).Should().BeFalse();
        var held = report.GetProperty("held_out");
        held.GetProperty("tokens").GetInt64().Should().Be(95);
        held.GetProperty("bits_per_byte")
            .GetDouble()
            .Should()
            .BeApproximately(
                held.GetProperty("text_loss").GetDouble() * 95 / Math.Log(2) / held.GetProperty("bytes").GetInt64(), 1e-9);
        held.GetProperty("low").GetDouble().Should().BeLessThan(held.GetProperty("high").GetDouble());

        var same = await CommandLineRunner.Run(
            "evaluate", _here / "out", "--base-model", run, "--shards", shards, "--windows", "3", "--sequence-length", "19");
        (same.Code, same.Output.Split(Environment.NewLine)[0])
            .Should()
            .Match<(ExitCode Code, string Line)>(it =>
                it.Code == ExitCode.Success && it.Line.Contains(", 0.0 % (95 % interval 0.0 % … 0.0 %), on 57 tokens"));
        Wrong(
            await CommandLineRunner.Run("evaluate", _here / "out", "--base-model", run),
            $"{_here / "out"} is an exported model without data. Give the folder of shards: --shards DIR");
    }

    [Fact]
    public async Task Says_what_is_wrong()
    {
        var run = ScriptedRun.Write(_here.Run, "Iğdır'da.", contextLength: 40);
        Wrong(
            await CommandLineRunner.Run("evaluate", run, "--compare", run),
            "--compare needs questions. Give a file of them with --gold.");
        Wrong(
            await CommandLineRunner.Run("evaluate", run, "--max-forgetting", "-1"),
            "--max-forgetting is -1; it must be 0 or more, such as 0.1 for 10 %.");
        Wrong(
            await CommandLineRunner.Run("evaluate", run, "--sequence-length", "0"),
            "--sequence-length is 0; it must be at least 1.");
        Wrong(await CommandLineRunner.Run("evaluate", run, "--limit", "-1"), "--limit is -1; it must be 0 (all) or more.");
        Wrong(
            await CommandLineRunner.Run("evaluate", run, "--gold", _here / "none.jsonl"),
            $"The conversation file {_here / "none.jsonl"} does not exist. Give a .jsonl, .json or .txt file.");
        Wrong(
            await CommandLineRunner.Run("evaluate", run, "--choice-normalization", "letters"),
            "--choice-normalization is letters; it must be none or characters or tokens or bytes.", see: true);

        var long_ = Gold(
            $$"""{"question": "{{string.Join(' ', Enumerable.Repeat("makara", 40))}}", "answer": "b"}""",
            """{"question": "a", "answer": "Iğdır"}""");
        (await CommandLineRunner.Run("evaluate", run, "--gold", long_))
            .Output.Should()
            .Contain("== Answers to 1 question")
            .And.Contain($"{long_}:1 does not fit into 40 tokens; skipped.");
    }

    // Without the progress, which shows seconds.
    private static string Results(CommandLineResult ran) => ran.Output[ran.Output.IndexOf("== ", StringComparison.Ordinal)..];

    private static string Question(string question) => $$"""{"question": "{{question}}", "answer": "Iğdır'da."}""" + "\n";

    private string Gold(params string[] rows) => _here.Write("gold.jsonl", string.Join('\n', rows) + "\n");

    private static void Wrong(CommandLineResult ran, string message, bool see = false)
    {
        (ran.Code, ran.Output).Should().Be((ExitCode.InvalidInput, ""));
        (see ? ran.FirstError : ran.Errors.TrimEnd()).Should().Be(message);
    }
}
