using FluentAssertions;
using TurkishLlm.Cli;
using TurkishLlm.Data.Conversations;
using TurkishLlm.Plans;
using TurkishLlm.Tests.Shared;
using TurkishLlm.Tests.Unit.Training;

namespace TurkishLlm.Tests.Unit.Cli;

/// <summary>Tests of commands on conversations.</summary>
[Collection(nameof(NonParallel))]
public sealed class SftCommandTests : IDisposable
{
    private static readonly string Pairs = Path.Combine(ReferenceRun.Fixtures, "sft", "rag.jsonl"),
        Tokens = Path.Combine(ReferenceRun.Fixtures, "tokenizer");
    private readonly TestWorkspace _here = new();

    public void Dispose() => _here.Dispose();

    [Fact]
    public async Task Shows_what_is_learned_in_brackets_without_a_terminal()
    {
        var ran = await CommandLineRunner.Run("data", "inspect", Pairs, "--loss-mask", "-t", Tokens, "--row", "4", "--rows", "1");
        (ran.Code, ran.Errors).Should().Be((ExitCode.Success, ""));
        ran.Output.Should()
            .StartWith($"{Pairs}: Pairs\n⟦supervised⟧ · without brackets: input only\n== rag.jsonl:4, ")
            .And.Contain("<|context|>Temiz bakır")
            .And.EndWith("\n\n⟦Bu konuda bilgim yok.<|eot_id|>⟧\n")
            .And.NotContain("rag.jsonl:5");
        ran.Output.Split('⟦').Should().HaveCount(3);
    }

    [Fact]
    public async Task Shows_the_mask_of_tokens_made_elsewhere()
    {
        var file = _here.Write("tokens.jsonl", """{"input_ids":[0,4,272,5],"labels":[-100,-100,272,5]}""");
        var ran = await CommandLineRunner.Run("data", "inspect", file, "--loss-mask", "-t", Tokens);
        ran.Output.Should()
            .Contain("tokens.jsonl:1, 4 tokens, 2 supervised (50.0 %)")
            .And.Contain("⟦")
            .And.NotContain("⟦<|begin_of_text|>");
    }

    [Fact]
    public async Task Says_how_many_rows_there_are()
    {
        var ran = await CommandLineRunner.Run("data", "inspect", Pairs, "--loss-mask", "-t", Tokens, "--row", "99");
        ran.Code.Should().Be(ExitCode.InvalidInput);
        ran.FirstError.Should().EndWith("rag.jsonl has no row 99; it has 19 rows.");
        (await CommandLineRunner.Run("data", "inspect", Pairs, "--loss-mask", "-t", Tokens, "--row", "0"))
            .FirstError.Should()
            .Be("--row is 0 and --rows is 3; both must be at least 1.");
        (await CommandLineRunner.Run("data", "inspect", Pairs, "-t", Tokens))
            .FirstError.Should()
            .EndWith("rag.jsonl is a file. Give a folder of shards, or add --loss-mask to show a file of conversations.");
    }

    [Fact]
    public async Task Converts_and_says_what()
    {
        var output = _here / "out.jsonl";
        var ran = await CommandLineRunner.Run("data", "convert", Pairs, output, "--to", "alpaca");
        (ran.Code, ran.Errors).Should().Be((ExitCode.Success, ""));
        ran.Output.Should().StartWith("19 rows of Pairs → ").And.EndWith("out.jsonl, Alpaca\n");
        ConversationReader.DetectFormat(output).Should().Be(ConversationFormat.Alpaca);
        (await CommandLineRunner.Run("data", "convert", output, output))
            .FirstError.Should()
            .Be($"{output} is both input and output. Choose another output file.");
        (await CommandLineRunner.Run("data", "convert", Pairs, output, "--to", "tokens"))
            .FirstError.Should()
            .Be("Option '--tokenizer' is required for --to tokens.");
        (await CommandLineRunner.Run("data", "convert", Pairs, output, "--to", "tokens", "-t", Tokens))
            .Code.Should()
            .Be(ExitCode.Success);
    }

    [Fact]
    public async Task Reports_on_the_files_of_a_plan()
    {
        var ran = await CommandLineRunner.Run("data", "report", Plan());
        (ran.Code, ran.Errors).Should().Be((ExitCode.Success, ""));
        ran.Output.Should()
            .MatchRegex(@"source +format +rows +train +validation +answer too long\n")
            .And.MatchRegex(@"erp +Pairs +64 +57 +6 +1\n")
            .And.Contain("6 examples are held out; none of them has the same question")
            .And.Contain("0 examples match or nearly match a gold file");
    }

    [Fact]
    public async Task Says_that_a_plan_of_running_text_has_no_conversations() =>
        (await CommandLineRunner.Run("data", "report", _here.Plan))
            .FirstError.Should()
            .Be(
                $"{_here.Plan} has neither a section sft nor a section preference. For plain text, `turkishllm data "
                    + "prepare` prints the report.");

    [Fact]
    public async Task Trains_through_the_gate_resumes_evaluates_and_answers()
    {
        var ran = await CommandLineRunner.Run("train", Plan());
        (ran.Code, ran.Errors).Should().Be((ExitCode.Success, ""));
        ran.Output.Should().Contain("== Fine-tuning tiny").And.MatchRegex(@"before +– +\d").And.Contain("alidation loss");
        var steps = TrainingPlan.Load(Path.Combine(_here.Run, "plan.yaml"), []).Training.Steps;
        steps.Should().BePositive();

        var done = await CommandLineRunner.Run("train", Plan(), "--resume", "auto");
        done.Output.Should().Contain($"The run is complete: step {steps} of {steps}.").And.Contain("--set training.epochs=2");
        (await CommandLineRunner.Run("evaluate", _here.Run, "--checkpoint", "last"))
            .Output.Should()
            .MatchRegex($@"^step {steps}: loss \d\.\d{{4}} nats per token on 6 held-out answers, \d\.\d{{4}} on plain text\n$");
        (await CommandLineRunner.Run("generate", _here.Run, "Telbis nedir?", "--chat", "--max-tokens", "4"))
            .Code.Should()
            .Be(ExitCode.Success);
        string[] question = ["Telbis nedir?", "--chat", "--max-tokens", "6", "--seed", "3"];
        var answer = (await CommandLineRunner.Run(["generate", _here.Run, .. question])).Output;
        foreach (var (from, to, format) in new[] { (_here.Run, "hf", "hf"), ("hf", "ours", "safetensors") })
        {
            (
                await CommandLineRunner.Run(
                    "checkpoint", "export", from == _here.Run ? from : _here / from, _here / to, "--format", format))
                .Code.Should()
                .Be(ExitCode.Success);
            (await CommandLineRunner.Run(["generate", _here / to, .. question]))
                .Output.Should()
                .Be(answer, "the template goes with the weights");
        }
        (await CommandLineRunner.Run("checkpoint", "import", _here / "hf", _here / "in")).Code.Should().Be(ExitCode.Success);
        (await CommandLineRunner.Run(["generate", _here / "in", .. question])).Output.Should().Be(answer);
        (await CommandLineRunner.Run("generate", _here.Run, " ", "--chat"))
            .FirstError.Should()
            .Be("The question is missing. Give it after the model, or through a pipe.");
    }

    [Fact]
    public async Task A_model_that_was_not_taught_to_converse_says_so()
    {
        TinyPlan.Trace(TinyPlan.Create(_here.Run));
        var ran = await CommandLineRunner.Run("generate", _here.Run, "Telbis nedir?", "--chat");
        ran.Code.Should().Be(ExitCode.InvalidInput);
        ran.FirstError.Should()
            .EndWith(
                "has no chat_template.json: its model was not trained on conversations. Fine-tune it first, with a "
                    + "plan such as configs/sft-v1.yaml.");
    }

    [Theory]
    [InlineData("data", "score", "losses.jsonl", "losses.jsonl")]
    [InlineData("synth", "probe", "probe", "probe/answers.jsonl")]
    [InlineData("preference", "generate", "answers.jsonl", "answers.jsonl", "--reward", "word_f1=1", "--temperature", "2")]
    public async Task Continues_after_a_kill_with_the_bytes_of_an_uninterrupted_run(
        string group, string verb, string output, string file, params string[] options)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() || OperatingSystem.IsMacOS(), "Signals are a matter of Unix.");
        ScriptedRun.Write(_here.Run, "Iğdır'da, üç bobin var.");
        var rows = _here.Write("rows.jsonl", string.Join('\n', Enumerable.Range(0, 60).Select(i =>
            $$"""{"question": "{{i}}. makara nerede?", "answer": "{{i}}. depoda."}""")));
        string[] command = [group, verb, _here.Run, rows, "--checkpoint", "last", .. options, "--output"];
        (await CommandLineRunner.Run([.. command, Path.Combine(_here / "whole", output)])).Code.Should().Be(ExitCode.Success);

        var killed = Path.Combine(_here / "killed", file);
        using (var process = new ChildProcess([.. command, Path.Combine(_here / "killed", output)]))
            process.WaitForExit(ChildProcess.Kill, () => Length() > 2000).Should().Be(137, process.Output);
        File.Exists(killed).Should().BeFalse();
        var ran = await CommandLineRunner.Run([.. command, Path.Combine(_here / "killed", output)]);
        ran.Output.Should().MatchRegex("^Resuming after [0-9]+ (rows|questions) of 60");
        File.ReadAllBytes(killed).Should().Equal(File.ReadAllBytes(Path.Combine(_here / "whole", file)));

        long Length() => File.Exists(killed + ".resume") ? new FileInfo(killed + ".resume").Length : 0;
    }

    private string Plan() => _here.Write("sft.yaml", File.ReadAllText(_here.Plan)
        .Replace("training: { steps: 12,", "training: { epochs: 1,", StringComparison.Ordinal)
        .Replace("sequence_length: 19", "sequence_length: 64", StringComparison.Ordinal)
        .Replace("max_seq_len: 24", "max_seq_len: 64", StringComparison.Ordinal)
        .Replace("warmup_steps: 2", "warmup_ratio: 0.1", StringComparison.Ordinal)
        + $"sft: {{ sources: {{ erp: {{ path: {Path.Combine(ReferenceRun.Fixtures, "sft", "erp.jsonl")} }} }}, "
        + $"gold: [{Path.Combine(ReferenceRun.Fixtures, "sft", "gold.jsonl")}] }}\n");
}
